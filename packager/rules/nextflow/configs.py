"""Rules about the configs of a Nextflow pipeline, and about files of its definition that are not scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Aws, Guide, Own, cite
from packager.healthomics import limits
from packager.model.facts import Input
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import is_below, setting
from packager.rules.rule import RuleFinding, Subject, deciding, rule, severity_of
from packager.text import joined, listed

_ELSEWHERE = ("apptainer", "charliecloud", "conda", "podman", "sarus", "shifter", "singularity", "spack", "wave")
_NO_FILE = ("com", "htm", "html", "org")
# Settings of a profile that say where and by what tasks run, which the service decides itself.
_PLATFORM_SCOPES = frozenset({*_ELSEWHERE, "cleanup", "docker", "executor", "workDir"})
_PLATFORM_DIRECTIVES = frozenset(
    {"clusterOptions", "conda", "containerOptions", "executor", "machineType", "penv", "pod", "queue"}
)
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
    hint="download the config into the repository, and include that file",
    source=cite(Guide.VPC, "network"),
    bad=_config("includeConfig 'https://example.org/site.config'"),
    good=_config("includeConfig 'conf/site.config'") + "conf/site.config\n        process.cpus = 2\n",
)
def config_on_network(facts: Facts) -> Iterator[RuleFinding]:
    """A config is included from the network.

    A run cannot fetch the config and fails when it reads it; only a run in a VPC with internet access can. An include inside a `try` is
    harmless. In pipelines from the nf-core template, the parameter `custom_config_base` decides: an empty string disables the include.
    """
    features = list(facts.features(FeatureName.CONFIG_REMOTE))
    if features:
        more = f" ({len(features) - 1} more)" if len(features) > 1 else ""
        switch, hint = features[0].key, None
        if switch:
            hint = f'pass `"{switch}": ""` in every run, or give `params.{switch}` an empty string as its default'
        yield RuleFinding(features[0].place, f"the config `{features[0].text}` is on the network{more}", hint=hint)


@rule(
    "NXF064",
    "module-with-local-changes",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="no action is needed; the patch files that `modules.json` names have the changes",
    source=cite(Own.PACKAGER, "content"),
    bad="""
    main.nf
        include { A } from './modules/nf-core/a'
        workflow { A() }
    modules/nf-core/a/main.nf
        process A { script: 'true' }
    modules.json
        {"repos": {"https://github.com/nf-core/modules.git": {"modules": {"nf-core": {
          "a": {"git_sha": "1", "patch": "modules/nf-core/a/a.diff"}}}}}}
    """,
    good="""
    main.nf
        include { A } from './modules/nf-core/a'
        workflow { A() }
    modules/nf-core/a/main.nf
        process A { script: 'true' }
    modules.json
        {"repos": {"https://github.com/nf-core/modules.git": {"modules": {"nf-core": {"a": {"git_sha": "1"}}}}}}
    """,
)
def module_with_local_changes(facts: Facts) -> Iterator[RuleFinding]:
    """An installed module is not what its repository has: `modules.json` records a patch.

    The package has the changed module. Of modules without a patch, `modules.json` records only the commit of their repository, so whether
    their files were changed is not known.
    """
    features = list(facts.features(FeatureName.MODULE_CHANGED))
    if features:
        folders = listed([feature.text for feature in features])
        verb = "module has" if len(features) == 1 else "modules have"
        yield RuleFinding(features[0].place, f"{len(features)} installed {verb} local changes: {folders}")


@rule(
    "NXF014",
    "config-outside",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="put the config into the archive, and include it by a path relative to the config that includes it",
    source=cite(Guide.PACKAGING, "imports"),
    bad=_config("includeConfig '/home/me/site.config'"),
    good=_config("includeConfig 'conf/site.config'") + "conf/site.config\n        process.cpus = 2\n",
)
def config_outside(facts: Facts) -> Iterator[RuleFinding]:
    """A config is included by an absolute path.

    A run can only read files of the archive, and fails when it reads the config. It is a warning if a parameter or a condition decides
    whether the config is included.
    """
    for feature in facts.features(FeatureName.CONFIG_OUTSIDE):
        if feature.text.startswith("$") or is_below(feature.text, limits.DEFINITION_MOUNT):
            continue
        names = deciding(feature)
        depends = f" (depends on {joined(names)})" if names else ""
        message = f"the config `{feature.text}` is included by an absolute path{depends}"
        yield RuleFinding(feature.place, message, severity=severity_of(feature, names), subject=feature.text)


@rule(
    "NXF015",
    "bin-not-executable",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="make it executable (`chmod +x` or `git update-index --chmod=+x`), or call it with its interpreter",
    source=cite(Guide.REQUIREMENTS, "bin"),
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
def bin_not_executable(facts: Facts) -> Iterator[RuleFinding]:
    """A process calls a script of `bin/` by name, but the script is not executable.

    Files keep their permissions in the archive, so the shell cannot run the script. AWS recommends calling it with its interpreter.
    """
    calls = list(facts.features(FeatureName.BIN_CALL))
    if calls:
        more = f" ({len(calls) - 1} more)" if len(calls) > 1 else ""
        yield RuleFinding(calls[0].place, f"`{calls[0].text}` is called by name, but is not executable{more}")


@rule(
    "NXF062",
    "script-windows-line-end",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="save the files as UTF-8 without a byte-order mark and with LF line ends, and add `bin/* text eol=lf` to `.gitattributes`",
    source=cite(Own.PACKAGER, "line ends"),
    bad="a script `bin/hello.sh` with Windows line ends",
    good="the same script with LF line ends",
)
def script_windows_line_end(facts: Facts) -> Iterator[RuleFinding]:
    """A script of `bin/` or `templates/` has Windows line ends, or a byte-order mark before its first line.

    The system then does not find the program that the first line names, and a task that runs the script by name fails.
    """
    scripts = list(facts.features(FeatureName.CRLF_SCRIPT))
    if scripts:
        first = scripts[0]
        more = f" ({len(scripts) - 1} more)" if len(scripts) > 1 else ""
        what = "has a byte-order mark before it" if first.key else "ends with a carriage return"
        yield RuleFinding(first.place, f"the first line `{first.text}` {what}{more}")


@rule(
    "NXF035",
    "container-engine-not-supported",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="move the setting into a profile for other platforms; HealthOmics runs the containers",
    source=cite(Aws.LINTER_RULES, "container engines", Guide.CONTAINERS, "private"),
    bad=_config("singularity.enabled = true"),
    good=_config("profiles { singularity { singularity.enabled = true } }"),
)
def container_engine_not_supported(facts: Facts) -> Iterator[RuleFinding]:
    """The config enables a container or environment tool that the service does not support.

    Tasks run in containers from private ECR repositories; Conda, Wave, Singularity and similar tools are for other platforms.
    """
    for scope in _ELSEWHERE:
        feature = setting(facts, f"{scope}.enabled")
        if feature is not None and feature.text == "true":
            yield RuleFinding(
                feature.place, f"`{scope}` is enabled for every run, but the service does not support it", subject=scope
            )


@rule(
    "NXF041",
    "reserved-variable",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="choose another name",
    source=cite(Guide.CONTAINERS, "reserved"),
    bad=_config("env.AWS_WORKFLOW_MODE = 'fast'"),
    good=_config("env.MODE = 'fast'"),
)
def reserved_variable(facts: Facts) -> Iterator[RuleFinding]:
    """The config sets an environment variable with a name that the service reserves.

    Names that begin with `AWS_WORKFLOW_` are reserved.
    """
    for feature in facts.features(FeatureName.SETTING):
        if feature.key.startswith(f"env.{limits.RESERVED_VARIABLES}"):
            variable = feature.key.removeprefix("env.")
            yield RuleFinding(feature.place, f"the variable `{variable}` has a reserved name", subject=variable)


@rule(
    "NXF042",
    "standard-profile",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="check that its settings suit the service, or give the profile another name",
    source=cite(Guide.NEXTFLOW, "standard"),
    bad=_config("profiles { standard { process.cpus = 2 } }"),
    good=_config("profiles { small { process.cpus = 2 } }"),
)
def standard_profile(facts: Facts) -> Iterator[RuleFinding]:
    """The config has a profile `standard`, which applies to every run without a profile.

    Its settings, such as limits of the author's own computer, then apply on the service too. Settings of executors and container tools
    are not reported, because the service uses its own.
    """
    names = [
        feature.key
        for feature in facts.features(FeatureName.PROFILE_SETTING)
        if feature.text == "standard" and not _is_about_platform(feature.key)
    ]
    profile = next((feature for feature in facts.features(FeatureName.PROFILE) if feature.text == "standard"), None)
    if names and profile is not None:
        settings = listed(sorted(set(names)))
        yield RuleFinding(
            profile.place, f"the profile `standard`, which applies to every run without a profile, sets {settings}"
        )


def _is_about_platform(setting: str) -> bool:
    scope, _, name = setting.partition(".")
    return scope in _PLATFORM_SCOPES or (scope == "process" and name in _PLATFORM_DIRECTIVES)


@rule(
    "NXF046",
    "remote-default",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="copy the files to S3 in the Region of the workflow, and use their `s3://` URIs",
    source=cite(Guide.VPC, "network", Guide.RUN_INPUTS),
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
def remote_default(facts: Facts) -> Iterator[RuleFinding]:
    """The default of a parameter is a file on the network.

    A run can only access S3 and ECR in its Region, unless it runs in a VPC. If a run omits the parameter, reading the file fails.
    """
    inputs = [parameter for parameter in facts.workflow.inputs if _is_remote_file(parameter)] if facts.workflow else []
    if inputs:
        more = f" ({len(inputs) - 1} more)" if len(inputs) > 1 else ""
        first = inputs[0]
        yield RuleFinding(first.place, f"the default of `{first.name}` is a file on `{_host(first)}`{more}")


def _host(declared: Input) -> str:
    return (declared.default or "").split("/")[2]


def _is_remote_file(declared: Input) -> bool:
    """Whether a default is the URL of a file (its last part has a suffix) and not of a page, a release or a folder of configs."""
    default = (declared.default or "").strip('"')
    name = default.rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    return bool(_REMOTE.fullmatch(default)) and bool(dot) and suffix not in _NO_FILE and not suffix.isdigit()
