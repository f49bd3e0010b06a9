"""What of a WDL document is the text of a string or a command, where a comment is none of the document's."""

from __future__ import annotations

from packager.engines.wdl.scan import quoted

__all__ = ["quoted"]
