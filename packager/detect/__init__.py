"""Engine and main: which file is the workflow, why, and what the service would pick if told nothing.

Candidates come from the import graph: an entry is a workflow that no other file imports. Files are looked at by the engines'
import scanners alone; nothing is parsed here.
"""

from packager.detect.locating import Located, detect, locate
from packager.detect.rooting import with_way_out
from packager.detect.service import service_choice

__all__ = ["Located", "detect", "locate", "service_choice", "with_way_out"]
