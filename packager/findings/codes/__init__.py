"""The one registry of finding codes: what each means, why it matters and where that is documented.

A lint rule registers its own code together with its function (`packager.rules`). What the stages below the rules report
(unreadable, unparsable, unresolved import, schema violation) is defined in this package's tables, in the same form.
"""

from packager.findings.codes import (
    cwl,
    deployment,
    judging,
    nextflow,
    online,
    registry_map,
    service,
    source,
    template,
    wdl,
)
from packager.findings.codes.registry import ENGINES, FAMILIES, Code, define, finding, finding_at, get, known

__all__ = [
    "ENGINES",
    "FAMILIES",
    "Code",
    "cwl",
    "define",
    "deployment",
    "finding",
    "finding_at",
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
