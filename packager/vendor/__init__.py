"""Copies of remote documents in the repository: where they are put, how references change, and the lock file. Pure: nothing here asks a network."""
