"""Rules about WDL documents. Importing this package registers them."""

from packager.rules.wdl import documents, language, resources, runtime

__all__ = ["documents", "language", "resources", "runtime"]
