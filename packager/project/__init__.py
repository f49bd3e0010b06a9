"""A repository: `packager.toml`, Git, its workflows, and the log of submissions."""
