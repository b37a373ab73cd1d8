"""From a picture up the noise levels: inversions, and the schedule and model they belong to."""
