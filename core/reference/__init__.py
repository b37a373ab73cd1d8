"""Where the tokens of an edit model's reference go, and what they then say of themselves."""
