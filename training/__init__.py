"""What made the demonstration model's weights."""
