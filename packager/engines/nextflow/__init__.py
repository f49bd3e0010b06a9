"""Nextflow: scripts and configs read in pure Python; nothing is executed and no JVM is needed.

`lexing`, `expressions`, `statements`, `scripts` and `configs` make syntax trees (`syntax`). `settings` is the config as a whole,
`graph` the scripts that main reaches, and `pipeline` both. `facts` collects the facts from `closure`, `features`, `parameters` and
`processes`; `verdict` checks strict syntax and names.
"""

from packager.engines.nextflow.cached import check, read

__all__ = ["check", "read"]
