"""Pictures of instructions and of how a run went."""
