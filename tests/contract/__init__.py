"""What HealthOmics is expected to answer, asked of the emulator by `make test` and of an account by `make live`."""
