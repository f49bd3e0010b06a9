"""Rules about the request. Importing this package registers them."""

from packager.rules.request import deployment, members, readme, repository, storage

__all__ = ["deployment", "members", "readme", "repository", "storage"]
