"""What stands inside the files of a package: secrets, accounts, outputs of notebooks. Their values are never kept or shown."""
