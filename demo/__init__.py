"""The demonstration model and the scenes that it knows."""
