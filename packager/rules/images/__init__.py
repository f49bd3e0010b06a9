"""Rules about container images. Importing this package registers them."""

from packager.rules.images import malformed, sources, versions

__all__ = ["malformed", "sources", "versions"]
