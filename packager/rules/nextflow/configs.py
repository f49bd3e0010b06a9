"""Rules about a Nextflow pipeline's configs, and about what its definition has besides scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.model.facts import Input
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import GUIDE, is_below, setting
from packager.rules.rule import Found, Subject, rule

_NETWORK = "VPC networking page: a run reaches S3 and ECR of its Region only, unless it runs in a VPC"
_PACKAGING = "packaging page (2026-10-16): every file that the definition imports must be in the archive"
_ELSEWHERE = ("apptainer", "charliecloud", "conda", "podman", "sarus", "shifter", "singularity", "spack", "wave")
_REMOTE = re.compile(r"(?:https?|ftp|gs|az)://[^/]+/.*[^/]", re.IGNORECASE)


def _config(text: str, name: str = "nextflow.config") -> str:
    return f"""
    main.nf
        workflow {{ println params.input }}
    {name}
        {text}
    """


@rule(
    "NXF013",
    "config-on-network",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="put the config into the archive, or give every run the parameter that it hangs on as an empty text",
    source=_NETWORK,
    bad=_config("includeConfig 'https://example.org/site.config'"),
    good=_config("includeConfig 'conf/site.config'") + "conf/site.config\n        process.cpus = 2\n",
)
def config_on_network(facts: Facts) -> Iterator[Found]:
    """A config is included from the network.

    A run cannot fetch it, and stops when the config is read; a run in a VPC with a way to the internet can. An include in
    a `try` does no harm. In pipelines of nf-core's template the parameter `custom_config_base` decides: an empty text leaves it out.
    """
    found = list(facts.features(FeatureName.CONFIG_REMOTE))
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        yield Found(found[0].place, f"the config `{found[0].text}` is on the network{more}")


@rule(
    "NXF014",
    "config-outside",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="put the config into the archive, and include it by a path relative to the config that includes it",
    source=_PACKAGING,
    bad=_config("includeConfig '/home/me/site.config'"),
    good=_config("includeConfig 'conf/site.config'") + "conf/site.config\n        process.cpus = 2\n",
)
def config_outside(facts: Facts) -> Iterator[Found]:
    """A config is included from outside of the definition.

    Only what is in the archive can be read, and the run stops when the config is read.
    """
    for feature in facts.features(FeatureName.CONFIG_OUTSIDE):
        if feature.text.startswith("$") or is_below(feature.text, limits.DEFINITION_MOUNT):
            continue
        severity = Severity.WARNING if feature.conditional else None
        message = f"the config `{feature.text}` lies outside of the definition"
        yield Found(feature.place, message, severity=severity, subject=feature.text)


@rule(
    "NXF015",
    "bin-not-executable",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="make it executable (`chmod +x`, or `git update-index --chmod=+x`), or call it with its interpreter",
    source="workflow definition requirements page: bin",
    bad="""
    main.nf
        process hello {
          publishDir '/mnt/workflow/pubdir'
          script:
          '''
          hello.py world
          '''
        }
        workflow { hello() }
    bin/hello.py
        #!/usr/bin/env python3
    """,
    good="""
    main.nf
        process hello {
          publishDir '/mnt/workflow/pubdir'
          script:
          '''
          python3 /mnt/workflow/bin/hello.py world
          '''
        }
        workflow { hello() }
    bin/hello.py
        #!/usr/bin/env python3
    """,
)
def bin_not_executable(facts: Facts) -> Iterator[Found]:
    """A process calls a script of `bin/` by its name, and the script is not executable.

    Files keep their permissions in the archive; the shell refuses to run the script. AWS recommends to name the interpreter.
    """
    found = list(facts.features(FeatureName.BIN_CALL))
    if found:
        more = f", as {len(found) - 1} more are" if len(found) > 1 else ""
        yield Found(found[0].place, f"`{found[0].text}` is called by its name, and is not executable{more}")


@rule(
    "NXF035",
    "container-engine-not-supported",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="move it into a profile for other places; the service runs containers by itself",
    source="awslabs/linter-rules-for-nextflow (2026-01-12); container images page",
    bad=_config("singularity.enabled = true"),
    good=_config("profiles { singularity { singularity.enabled = true } }"),
)
def container_engine_not_supported(facts: Facts) -> Iterator[Found]:
    """The config switches on a way to run or build environments that the service does not have.

    Tasks run in containers from private ECR; Conda, Wave, Singularity and the like are for other places.
    """
    for scope in _ELSEWHERE:
        found = setting(facts, f"{scope}.enabled")
        if found is not None and found.text.endswith("=true"):
            yield Found(found.place, f"`{scope}` is switched on for every run", subject=scope)


@rule(
    "NXF041",
    "reserved-variable",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="choose another name",
    source="container images page: the prefix is reserved",
    bad=_config("env.AWS_WORKFLOW_MODE = 'fast'"),
    good=_config("env.MODE = 'fast'"),
)
def reserved_variable(facts: Facts) -> Iterator[Found]:
    """The config sets an environment variable with a name that the service keeps for itself.

    Names that begin with `AWS_WORKFLOW_` are the service's.
    """
    for feature in facts.features(FeatureName.SETTING):
        name = feature.text.partition("=")[0]
        if name.startswith(f"env.{limits.RESERVED_VARIABLES}"):
            variable = name.removeprefix("env.")
            yield Found(feature.place, f"the variable `{variable}` has a reserved name", subject=variable)


@rule(
    "NXF042",
    "standard-profile",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="nothing to do where that is meant; a run that names a profile goes without it",
    source=GUIDE + ": profiles",
    bad=_config("profiles { standard { process.cpus = 2 } }"),
    good=_config("profiles { small { process.cpus = 2 } }"),
)
def standard_profile(facts: Facts) -> Iterator[Found]:
    """The config has a profile `standard`, which every run gets that names no other.

    What it sets holds on the service as well, such as settings for the author's own computer.
    """
    for feature in facts.features(FeatureName.PROFILE):
        if feature.text == "standard":
            yield Found(feature.place, "the profile `standard` applies to every run that names no profile")
            return


@rule(
    "NXF046",
    "remote-default",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="copy the files to S3 in the workflow's Region, and give their `s3://` URIs",
    source=_NETWORK + "; run inputs page",
    bad="""
    main.nf
        workflow { println file(params.reference) }
    nextflow.config
        params.reference = 'https://example.org/genomes/hg38.fa.gz'
    """,
    good="""
    main.nf
        workflow { println file(params.reference) }
    nextflow.config
        params.reference = 's3://example-bucket/genomes/hg38.fa.gz'
    """,
)
def remote_default(facts: Facts) -> Iterator[Found]:
    """A parameter's default is a file on the network.

    A run reaches S3 and ECR of its Region only, unless it runs in a VPC: where the parameter is not given, reading
    the file fails.
    """
    found = [one for one in facts.workflow.inputs if _is_remote_file(one)] if facts.workflow else []
    if found:
        others = f", and those of {len(found) - 1} more parameters" if len(found) > 1 else ""
        others = others.replace("those of 1 more parameters", "that of 1 more")
        first = found[0]
        yield Found(first.place, f"the default of `{first.name}` is on the network: {first.default}{others}")


def _is_remote_file(declared: Input) -> bool:
    """Whether a default is the address of a file (its last part has a suffix), and not of a page or a folder of configs."""
    default = (declared.default or "").strip('"')
    name = default.rpartition("/")[2]
    return bool(_REMOTE.fullmatch(default)) and "." in name and not name.endswith((".html", ".htm", ".org", ".com"))
