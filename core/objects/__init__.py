"""Things told by masks or boxes, and where they go."""
