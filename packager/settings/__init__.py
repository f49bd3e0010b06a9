"""The workflows that a caller names, each with its settings: those of the call, the environment, a target, `packager.toml`, defaults."""
