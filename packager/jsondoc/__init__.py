"""JSON with places: read, edit, and check against a schema."""
