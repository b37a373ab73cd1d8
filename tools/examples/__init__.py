"""The example workflows for large models, written as the page saves them."""
