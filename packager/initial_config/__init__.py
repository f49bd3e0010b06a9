"""A first `packager.toml`: what workflows a folder has, and the commented text that names them."""

from packager.initial_config.finding import MAX_WORKFLOWS, Found, find
from packager.initial_config.writing import Target, text

__all__ = ["MAX_WORKFLOWS", "Found", "Target", "find", "text"]
