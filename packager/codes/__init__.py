"""The one registry of finding codes: what each means, why it matters and where that is documented.

A lint rule registers its own code together with its function (`packager.rules`). What the stages below the rules report
(unreadable, unparsable, unresolved import, schema violation) is defined in this package's tables, in the same form.
"""

from packager.codes import cwl, deployment, judging, nextflow, online, registry_map, service, source, template, wdl
from packager.codes.registry import ENGINES, FAMILIES, Code, define, finding, get, known

__all__ = [
    "ENGINES",
    "FAMILIES",
    "Code",
    "cwl",
    "define",
    "deployment",
    "finding",
    "get",
    "judging",
    "known",
    "nextflow",
    "online",
    "registry_map",
    "service",
    "source",
    "template",
    "wdl",
]
