"""What the demo, the tests and the benchmarks stand on: an environment, a host, a server, a client, prompts."""
