"""What a command or a call of the Python API does, one use case per module."""
