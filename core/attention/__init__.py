"""Self-attention of one run lent to another."""
