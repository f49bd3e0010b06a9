"""WDL: facts and verdict from miniwdl, the parser whose messages the service's own check shows.

Functions and absolute outputs count as features (`model.features`) only in tasks and workflows that the main workflow reaches.
A task's `attributes` are those of its `runtime` or `requirements` section; values are what defaults resolve to along the calls
from the main workflow, None where something else decides.
"""

from packager.engines.wdl.cached import check, read

__all__ = ["check", "read"]
