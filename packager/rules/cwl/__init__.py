"""Rules about CWL documents. Importing this package registers them."""

from packager.rules.cwl import documents, references, tools

__all__ = ["documents", "references", "tools"]
