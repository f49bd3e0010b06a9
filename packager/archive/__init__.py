"""The package: which files and why, and a reproducible zip of them."""
