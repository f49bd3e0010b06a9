"""The workflow languages: one package per engine, behind `adapter`."""
