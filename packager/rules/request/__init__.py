"""Rules about the request. Importing this package registers them."""

from packager.rules.request import members, readme, repository, run_settings, runs, settings

__all__ = ["members", "readme", "repository", "run_settings", "runs", "settings"]
