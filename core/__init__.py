"""The methods: mathematics on tensors, without the host."""
