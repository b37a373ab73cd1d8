"""A queued graph, read for what no node sees as it runs."""
