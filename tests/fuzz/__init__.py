"""Fuzzing: `make fuzz SECONDS=N`. Mutated inputs for every reader, and the laws that must hold for each of them."""
