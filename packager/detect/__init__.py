"""Engine and main: which file is the workflow, why, and what the service would choose on its own.

Candidates come from the import graph: a candidate is a workflow that no other file imports. Only the engines' import scanners
read the files; nothing is parsed here.
"""

from packager.detect.candidates import NoWorkflowError, SeveralWorkflowsError
from packager.detect.location import Located, detect, locate
from packager.detect.package_root import with_way_out
from packager.detect.service import service_choice
from packager.engines.local_files import with_local_files

__all__ = [
    "Located",
    "NoWorkflowError",
    "SeveralWorkflowsError",
    "detect",
    "locate",
    "service_choice",
    "with_local_files",
    "with_way_out",
]
