"""The Nextflow adapter: what is known without reading the language itself.

The scripts are not analysed yet: inputs come from `nextflow_schema.json`, files from exclude rules; what is therefore not
checked is listed in `skipped`. Features: `schema-missing`, `schema-invalid`, `schema-draft-unknown`, `schema-nested`.
"""

from __future__ import annotations

import posixpath

from packager.cache import Cache
from packager.diagnostics import Skipped
from packager.engines.nextflow.closure import closure
from packager.engines.nextflow.schema import SCHEMA_NAME, SchemaFacts, read_schema
from packager.model import Engine, Feature, Place, Verdict, Workflow
from packager.source import SourceTree, UnreadableError

_NOT_YET = "Nextflow scripts are not analysed yet"


def read(tree: SourceTree, main: str, cache: Cache) -> Workflow:
    """See `engines.Adapter.read`; `cache` is not needed, there is nothing slow."""
    del cache
    schema_path = posixpath.join(posixpath.dirname(main), SCHEMA_NAME)
    facts = SchemaFacts()
    if tree.lookup(schema_path) is not None:
        try:
            facts = read_schema(schema_path, tree.read(schema_path))
        except UnreadableError as error:
            facts = SchemaFacts(features=(Feature("schema-invalid", str(error), Place(schema_path)),))
    else:
        facts = SchemaFacts(features=(Feature("schema-missing", schema_path, Place(main)),))
    skipped = [
        Skipped("IMG001", f"{_NOT_YET}: its processes and their images are not known"),
        Skipped("RES001", f"{_NOT_YET}: its processes and their resources are not known"),
        Skipped("NXF001", f"{_NOT_YET}: syntax, includes, plugins and outputs are not checked"),
    ]
    lacking = (
        "which parameters have a default in a config"
        if facts.inputs
        else f"without a `{SCHEMA_NAME}`, what its parameters are"
    )
    skipped += [Skipped(code, f"{_NOT_YET}: {lacking} is not known") for code in ("TPL004", "TPL005", "TPL006")]
    return Workflow(
        engine=Engine.NEXTFLOW,
        main=main,
        name=posixpath.basename(posixpath.dirname(main) or tree.name.rstrip("/")) or main,
        language_version="",
        inputs=facts.inputs,
        files=closure(tree, main),
        features=facts.features,
        skipped=tuple(skipped),
        complete=False,
        place=Place(main, 1, 1),
    )


def check(tree: SourceTree, workflow: Workflow, cache: Cache, *, lenient: bool = False) -> Verdict:
    """See `engines.Adapter.check`: there is no verdict yet, and `read` has said so."""
    del tree, workflow, cache, lenient
    return Verdict()
