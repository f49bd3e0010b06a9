"""Rules about what tasks ask for. Importing this package registers them."""

from packager.rules.resources import fallback, fallback_advice, requests

__all__ = ["fallback", "fallback_advice", "requests"]
