"""Rules about WDL documents that the language's own check does not have: versions, and types that the versions lack."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Aws, Guide, Standard, cite
from packager.healthomics import limits
from packager.model.facts import Engine, Workflow
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import count

_TASK = """
        task say {
          command <<< echo hello >>>
          output { String text = read_string(stdout()) }
          runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"  cpu: 1  memory: "2 GiB" }
        }
"""


def _with_version(version: str) -> str:
    head = f"        version {version}\n" if version else ""
    return f"\n    main.wdl\n{head}        workflow hello {{ call say  output {{ String text = say.text }} }}{_TASK}"


def _workflow(facts: Facts) -> Workflow | None:
    return facts.workflow if facts.workflow is not None and facts.workflow.engine is Engine.WDL else None


def _drafty(facts: Facts) -> set[str]:
    return {feature.place.path for feature in facts.features(FeatureName.DRAFT_2_CONSTRUCT)}


@rule(
    "WDL010",
    "version-missing",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="start the document with `version 1.0` or `version 1.1`",
    source=cite(Guide.LANGUAGE_VERSIONS, "WDL", Aws.POWER_WDL, "version"),
    bad=_with_version(""),
    good=_with_version("1.0"),
)
def version_missing(facts: Facts) -> Iterator[RuleFinding]:
    """A document has no `version` statement.

    WDL then reads it as draft-2. The service registers it with a note, but does not support draft-2.
    """
    if (workflow := _workflow(facts)) is None:
        return
    drafty = _drafty(facts)
    for path, version in workflow.versions:
        if not version and path not in drafty:
            yield RuleFinding(Place(path, 1, 1), "the document has no `version` statement and is read as draft-2")


@rule(
    "WDL011",
    "version-unsupported",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="use `version 1.0`, `1.1` or `development`",
    source=cite(Guide.LANGUAGE_VERSIONS, "WDL"),
    bad=_with_version("1.2"),
    good=_with_version("1.1"),
)
def version_unsupported(facts: Facts) -> Iterator[RuleFinding]:
    """A document declares a WDL version that the service does not support.

    The service supports 1.0, 1.1 and development. Reported once for a version: at the main document, or at the first one that declares it.
    """
    if (workflow := _workflow(facts)) is None:
        return
    documents: dict[str, list[str]] = {}
    for path, version in workflow.versions:
        if version and version not in limits.WDL_VERSIONS:
            documents.setdefault(version, []).append(path)
    for version, paths in documents.items():
        first = workflow.main if workflow.main in paths else paths[0]
        number = f" ({count(len(paths), 'document')})" if len(paths) > 1 else ""
        yield RuleFinding(Place(first, 1, 1), f"WDL version `{version}` is not supported{number}", subject=version)


@rule(
    "WDL012",
    "draft-2",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="convert the document to `version 1.0`: inputs in `input { }`, and a type for each output",
    source=cite(Guide.LANGUAGE_VERSIONS, "WDL"),
    bad="""
    main.wdl
        workflow hello { String who  call say { input: who = who } }
        task say {
          String who
          command { echo ${who} }
          output { String text = read_string(stdout()) }
          runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"  cpu: 1  memory: "2 GiB" }
        }
    """,
    good=_with_version("1.0"),
)
def draft_2(facts: Facts) -> Iterator[RuleFinding]:
    """A document is written in draft-2.

    The service does not support draft-2, whether a document declares the version or has none.
    """
    if (workflow := _workflow(facts)) is None:
        return
    first: dict[str, RuleFinding] = {}
    for feature in facts.features(FeatureName.DRAFT_2_CONSTRUCT):
        is_input = " " in feature.text  # a type and a name
        what = (
            f"input `{feature.text}` is outside of `input {{ }}`"
            if is_input
            else f"output `{feature.text}` has no type"
        )
        message = f"the document is written in draft-2: the {what}"
        first.setdefault(feature.place.path, RuleFinding(feature.place, message))
    unversioned = {path for path, version in workflow.versions if not version}
    for path in sorted(unversioned & first.keys()):
        yield first[path]


@rule(
    "WDL013",
    "mixed-versions",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="give every document of the workflow the same version",
    source=cite(Standard.WDL, "one version"),
    bad="""
    main.wdl
        version 1.0
        import "lib.wdl" as lib
        workflow hello { call lib.say  output { String text = say.text } }
    lib.wdl
        version 1.1
"""
    + _TASK,
    good="""
    main.wdl
        version 1.1
        import "lib.wdl" as lib
        workflow hello { call lib.say  output { String text = say.text } }
    lib.wdl
        version 1.1
"""
    + _TASK,
)
def mixed_versions(facts: Facts) -> Iterator[RuleFinding]:
    """An imported document declares a different version than the main document.

    The same code has different meanings in different versions, and engines may refuse the mixture. A document that is older than the main
    document is a note, because miniwdl accepts it.
    """
    if (workflow := _workflow(facts)) is None:
        return
    own = dict(workflow.versions).get(workflow.main, "")
    for path, version in workflow.versions:
        if (
            version != own and version in limits.WDL_VERSIONS and own in limits.WDL_VERSIONS
        ):  # WDL011 reports the others
            yield RuleFinding(
                Place(path, 1, 1),
                f"the version is `{version}`, but `{workflow.main}` has version `{own}`",
                paths=(workflow.main,),
                severity=Severity.INFO if _age(version) < _age(own) else None,
            )


def _age(version: str) -> int:
    """The position of a version among those of the service, from the oldest."""
    return limits.WDL_VERSIONS.index(version)


@rule(
    "WDL014",
    "directory-without-development",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="use `version development`, or pass the files as `Array[File]`",
    source=cite(Guide.WDL, "Directory"),
    bad="""
    main.wdl
        version 1.1
        workflow hello { input { Directory genome }  call say  output { String text = say.text } }
"""
    + _TASK,
    good="""
    main.wdl
        version development
        workflow hello { input { Directory genome }  call say  output { String text = say.text } }
"""
    + _TASK,
)
def directory_without_development(facts: Facts) -> Iterator[RuleFinding]:
    """`Directory` is used in a document that is not `version development`.

    The type does not exist in 1.0 and 1.1.
    """
    if (workflow := _workflow(facts)) is None:
        return
    versions = dict(workflow.versions)
    for feature in facts.features(FeatureName.DIRECTORY_TYPE):
        version = versions.get(feature.place.path, "")
        if version in ("1.0", "1.1"):
            yield RuleFinding(feature.place, f"`Directory` does not exist in WDL {version}", subject=feature.text)


@rule(
    "WDL015",
    "object-type",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="declare a `struct` and use it",
    source=cite(Guide.WDL, "Object"),
    bad="""
    main.wdl
        version 1.0
        workflow hello { call say  output { String text = say.text } }
        task say {
          command <<< echo a >>>
          output { Object row = read_object(stdout())  String text = "a" }
          runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"  cpu: 1  memory: "2 GiB" }
        }
    """,
    good=_with_version("1.0"),
)
def object_type(facts: Facts) -> Iterator[RuleFinding]:
    """The deprecated type `Object` is used.

    The guide recommends structs; miniwdl and versions of the language after 1.x do not have it. What uses it is not checked by miniwdl.
    """
    for feature in facts.features(FeatureName.OBJECT_TYPE):
        yield RuleFinding(feature.place, "the type `Object` is deprecated", subject=feature.text)
