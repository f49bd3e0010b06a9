"""The version of packager."""

__version__ = "0.1.0"
