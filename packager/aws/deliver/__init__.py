"""Submit a request: decide, stage, create, wait, compare with what was sent, and record."""
