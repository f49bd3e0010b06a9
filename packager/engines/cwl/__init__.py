"""CWL: facts from the YAML itself, with places; the verdict from cwltool, in process.

Features (`model.Feature`), each at its place:

- `operation`: a `class: Operation`, text its name;
- `loop`: a `cwltool:Loop` requirement or a `loop` field, text the `cwlVersion` that holds there;
- `out-of-memory-retry`: an `OutOfMemoryRetry` requirement, text its multiplier ('' when left out);
- `cuda-requirement`: a `CUDARequirement`, text its `cudaComputeCapability` ('' when left out);
- `javascript`: an `InlineJavascriptRequirement`;
- `input-without-label`: an input of main without `label`, text its name;
- `remote-schema`: an entry of `$schemas` on the network, which nothing fetches, text its URL;
- `unsupported-version`: a `cwlVersion` that the service does not run, text as written;
- `remote-file`: a File or Directory literal at an address that is neither in the source nor on S3, text the address;
- `undeclared-secondary-file`: at an input of main, text three lines: the input, a pattern that it does not declare in `secondaryFiles`,
  and the process below main that requires it;
- `sloppy-javascript`: an expression that strict mode refuses, at the first thing it refuses, text a list of them;
- `undocumented-requirement`: one of cwltool's extensions among `requirements` that the service does not document, text its class;
- `absolute-entry-name`: an `entryname` of `InitialWorkDirRequirement` that is absolute where CWL does not allow it, text the name.

A task's attributes are the fields of the requirements and hints that hold for it, named `Class.field`.
"""

from __future__ import annotations

from packager.cache import Cache
from packager.engines.cwl import cached
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree


def read(tree: SourceTree, main: str, cache: Cache, *, profiles: tuple[str, ...] = ()) -> Workflow:
    """See `engines.Adapter.read`."""
    del profiles  # only Nextflow has them
    return cached.read(tree, main, cache)


def check(
    tree: SourceTree, workflow: Workflow, cache: Cache, *, lenient: bool = False, profiles: tuple[str, ...] = ()
) -> Verdict:
    """The verdict of cwltool on a workflow that was read; never raises."""
    from packager.engines.cwl import cached_verdict  # noqa: PLC0415 - hashing alone on a warm run, cwltool otherwise

    del lenient, profiles  # CWL has one engine, and no profiles

    return cached_verdict.check(tree, workflow, cache)
