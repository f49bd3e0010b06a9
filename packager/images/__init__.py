"""Container images of a workflow: their users, registry maps, and where each is pulled from."""
