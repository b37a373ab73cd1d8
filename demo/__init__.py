"""The demonstration: rendered scenes, the model trained on them, and the edits shown with it."""
