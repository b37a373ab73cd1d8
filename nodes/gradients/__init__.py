"""Gradients inside the host: its networks made differentiable, their features, and the runs that use them."""
