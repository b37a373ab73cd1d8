"""The host's types and set-ups on their way to `core` and back."""
