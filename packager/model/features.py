"""Uses of something in a definition that a rule reports on: one table of names for the three engines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from packager.findings.diagnostic import Place


class FeatureName(StrEnum):
    """What a feature is a use of. `text`, `key`, ... name the members of `Feature` that it sets."""

    # WDL
    DIRECTORY_TYPE = "directory-type"  # a `Directory` in a declaration or struct; text: the declaration
    OBJECT_TYPE = "object-type"  # an `Object` in a declaration or struct; text: the declaration
    DRAFT_2_CONSTRUCT = (
        "draft-2-construct"  # what makes a document without `version` draft-2; text: the declaration or name
    )
    NO_OUTPUT_SECTION = "no-output-section"  # the main workflow has none; text: its name
    FLOAT_DIVISION = "float-division"  # a division that is surely of a Float; text: the expression
    COLLECT_BY_KEY_OF_FLOAT = "collect-by-key-of-float"  # the function on pairs with Float keys; text: the expression
    BASENAME_EMPTY_SUFFIX = "basename-empty-suffix"  # `basename(x, "")`; text: the expression
    ABSOLUTE_OUTPUT = "absolute-output"  # a literal absolute path in a task's output; text: the path as written
    FILE_DEFAULT = (
        "file-default"  # a literal file for a File input that a run can set; key: the input, text: the literal
    )
    FILE_NESTED_DEFAULT = "file-nested-default"  # the same for an input further down, set by the call's name only
    FILE_FIXED = "file-fixed"  # the same where nothing can set it
    FALLBACK_IN_SCATTER = (
        "fallback-in-scatter"  # a scattered call of a task with `omicsResourceFallbackOrder`; text: the task
    )

    # CWL
    OPERATION = "operation"  # a `class: Operation`; text: its name
    LOOP = "loop"  # a `cwltool:Loop` requirement or a `loop` field; text: the `cwlVersion` that applies there
    OUT_OF_MEMORY_RETRY = "out-of-memory-retry"  # text: its multiplier, empty if omitted
    CUDA_REQUIREMENT = "cuda-requirement"  # text: its `cudaComputeCapability`, empty if omitted
    JAVASCRIPT = "javascript"  # an `InlineJavascriptRequirement`
    INPUT_WITHOUT_LABEL = "input-without-label"  # an input of main; text: its name
    REMOTE_SCHEMA = "remote-schema"  # an entry of `$schemas` on the network; text: its URL
    UNSUPPORTED_VERSION = "unsupported-version"  # a `cwlVersion` that the service does not run; text: as written
    REMOTE_FILE = "remote-file"  # a File or Directory literal neither in the source nor on S3; text: the address
    UNDECLARED_SECONDARY_FILE = (
        "undeclared-secondary-file"  # key: the input, text: the pattern, reason: the process that needs it
    )
    SLOPPY_JAVASCRIPT = (
        "sloppy-javascript"  # JavaScript that strict mode refuses; text: as written, key: where its expression begins
    )
    UNDOCUMENTED_REQUIREMENT = (
        "undocumented-requirement"  # a cwltool extension the service does not document; text: its class
    )
    ABSOLUTE_ENTRY_NAME = "absolute-entry-name"  # an `entryname` of `InitialWorkDirRequirement`; text: the name

    # Nextflow
    DSL1 = "dsl1"  # a script in Nextflow's first language; text: the script
    NEXTFLOW_VERSION = "nextflow-version"  # `manifest.nextflowVersion`; text: as written
    NEXTFLOW_VERSION_OVERRIDDEN = "nextflow-version-overridden"  # an earlier one that has no effect; text: as written
    ENGINE_VERSION = (
        "engine-version"  # the version the service chooses; text: the version, key: how it was chosen, reason: why
    )
    PLUGIN = "plugin"  # text: `name@version` or `name`
    PLUGIN_INCLUDE = "plugin-include"  # an include from a plugin; text: the plugin
    PROFILE = "profile"  # a profile of the config; text: its name
    CONFIG_REMOTE = "config-remote"  # an `includeConfig` of a URL; text: the URL; `conditional`
    CONFIG_OUTSIDE = "config-outside"  # of a path outside of the source; text: the path; `conditional`
    CONFIG_UNKNOWN = "config-unknown"  # of a path that only a run knows; text: as written; `conditional`
    SETTING = "setting"  # a config setting; key: its dotted name, text: its value
    FLAG = "flag"  # an assignment such as `nextflow.enable.dsl=1` in a script; key: its dotted name, text: its value
    OUTPUT_DEFAULT = "output-default"  # the default of a parameter that names where results go; text: the parameter
    LIST_FILES = "list-files"  # a call of `listFiles`; text: the script
    STORE_CALL = "store-call"  # a call that stores files; text: the script
    BIN_CALL = "bin-call"  # a program of `bin/` in a process script; text: its path
    OUTPUT_BLOCK = "output-block"  # text: the number of its targets
    OUTPUT_TARGET = "output-target"  # text: the target
    DEEP_OUTPUT = "deep-output"  # an output pattern with a folder; text: the pattern
    PUBLISH_PATH = "publish-path"  # where a process publishes, a literal; text: the path
    PUBLISH_PARAM = "publish-param"  # the same, a parameter; text: its name
    PUBLISH_UNKNOWN = "publish-unknown"  # the same, only a run knows; text: as written
    OUTPUT_DIRECTORY_PATH = "output-directory-path"
    OUTPUT_DIRECTORY_PARAM = "output-directory-param"
    OUTPUT_DIRECTORY_UNKNOWN = "output-directory-unknown"
    REPORT_PATH = "report-path"  # where Nextflow writes a report; key: its scope (`timeline`, ...), text: the path
    REPORT_PARAM = "report-param"  # the same, a parameter; key: its scope, text: the parameter
    REPORT_UNKNOWN = "report-unknown"
    DAG_FORMAT = "dag-format"  # text: the format of the graph
    SCHEMA_MISSING = "schema-missing"  # no `nextflow_schema.json`; text: its path
    SCHEMA_INVALID = "schema-invalid"  # text: what is wrong with it
    SCHEMA_DRAFT_UNKNOWN = "schema-draft-unknown"  # text: its `$schema`
    SCHEMA_NESTED = "schema-nested"  # a parameter with members; text: its name


@dataclass(frozen=True, slots=True)
class Feature:
    """A use of something in a definition that a rule may report.

    `name` says which members are set and what they hold. `conditional`: an `if` of the definition decides whether it takes effect.
    """

    name: FeatureName
    text: str
    place: Place
    key: str = ""
    reason: str = ""
    conditional: bool = False


def feature_order(feature: Feature) -> tuple[object, ...]:
    """The key by which features are sorted."""
    return (feature.place, feature.name, feature.key, feature.text, feature.reason)
