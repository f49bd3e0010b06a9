"""The one registry of finding codes: what each means, why it matters and where that is documented.

A lint rule registers its own code together with its function (`packager.rules`). What the stages below the rules report
(unreadable, unparsable, unresolved import, schema violation) is defined in this package's tables, in the same form.
"""

from packager.findings.codes import (
    cwl,
    input_files,
    internal,
    nextflow,
    online,
    service,
    source,
    wdl,
)
from packager.findings.codes.registry import ENGINES, FAMILIES, WITH_FIX, Code, define, finding, finding_at, get, known

__all__ = [
    "ENGINES",
    "FAMILIES",
    "WITH_FIX",
    "Code",
    "cwl",
    "define",
    "finding",
    "finding_at",
    "get",
    "input_files",
    "internal",
    "known",
    "nextflow",
    "online",
    "service",
    "source",
    "wdl",
]
