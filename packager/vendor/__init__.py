"""Copies of remote documents in the repository: their places, the references to them, and the lock. Nothing here asks a network."""
