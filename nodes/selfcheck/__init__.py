"""The pack tried out on the machine it runs on: every hook on the bundled network, and a MODEL of the user's."""
