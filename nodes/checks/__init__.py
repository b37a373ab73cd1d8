"""What will not give the picture that is meant: said, or refused before any work."""
