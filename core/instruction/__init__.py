"""The instruction: what is said, its JSON form and its bounds."""
