"""Rules about the request. Importing this package registers them."""

from packager.rules.request import members, readme, repository, settings

__all__ = ["members", "readme", "repository", "settings"]
