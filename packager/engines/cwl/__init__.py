"""CWL: facts from the YAML itself, with places; the verdict from cwltool, in a process of its own.

A task's attributes are the fields of the requirements and hints that apply to it, named `Class.field`.
"""

from packager.engines.cwl.cached import check, read

__all__ = ["check", "read"]
