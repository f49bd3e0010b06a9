"""Rules about the request. Importing this package registers them."""

from packager.rules.request import members, readme, repository, runs, settings

__all__ = ["members", "readme", "repository", "runs", "settings"]
