"""What a check of a machine compares, and the table that says how it went."""
