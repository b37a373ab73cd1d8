"""Where each family of edit models keeps the tokens of its references, a file each."""
