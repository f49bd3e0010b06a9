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
    REPEATED_ATTRIBUTE = "repeated-attribute"  # a runtime attribute that the section has before; text: its name
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
    REMOTE_SCHEMA = "remote-schema"  # an entry of `$schemas` on the network, in a document with formats; text: its URL
    UNSUPPORTED_VERSION = "unsupported-version"  # a `cwlVersion` that the service does not run; text: as written
    REMOTE_FILE = "remote-file"  # a File or Directory literal neither in the source nor on S3; text: the address
    UNDECLARED_SECONDARY_FILE = (
        "undeclared-secondary-file"  # key: the input, text: the pattern, reason: the process that needs it
    )
    MISSING_SECONDARY_FILE = (
        "missing-secondary-file"  # text: its pattern, key: the output of a step that lacks it, reason: who needs it
    )
    COMMAND_WITH_BLANKS = "command-with-blanks"  # a `baseCommand` of one string; text: the string
    UNKNOWN_STEP_INPUT = (
        "unknown-step-input"  # text: its name, key: the process without it, reason: a similar input that is free
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
    NEXTFLOW_VERSION = (
        "nextflow-version"  # `manifest.nextflowVersion`; text: as written, key: the supported versions that meet it
    )
    NEXTFLOW_VERSION_OVERRIDDEN = "nextflow-version-overridden"  # an earlier one that has no effect; text: as written
    ENGINE_VERSION = (
        # what the service runs (empty: the run fails); key: how it is chosen, reason: for users; alternatives: profiles with their versions
        "engine-version"
    )
    PLUGIN = "plugin"  # a declared plugin; key: its name, text: its version, empty if omitted
    PLUGIN_INCLUDE = (
        "plugin-include"  # an include from a plugin; text: the name of the plugin; `conditional`, `depends_on`
    )
    MODULE_CHANGED = "module-changed"  # a used module with local changes; text: its folder, key: the patch
    PROFILE = "profile"  # a profile of the config; text: its name
    PROFILE_SETTING = "profile-setting"  # a setting of a profile that applies; text: the profile; key: the dotted name
    # An `includeConfig` of a URL; text: the URL, key: the parameter that disables it if it is empty; `conditional`.
    CONFIG_REMOTE = "config-remote"
    CONFIG_OUTSIDE = "config-outside"  # by an absolute path; text: the path; `conditional`
    CONFIG_UNREAD = (
        "config-unread"  # its settings are unknown: only a run knows its path, or it is missing; text: the path
    )
    CONFIG_UNUSED = "config-unused"  # a config that names the main script in a lower folder; text: its path
    PROFILE_IMAGE = (
        "profile-image"  # a task without an image; text: the task, key: a profile that names an image for it
    )
    SETTING = "setting"  # a config setting outside `params` and `process`; key: its dotted name, text: its value
    FLAG = "flag"  # an assignment such as `nextflow.enable.dsl=1` in a script; key: its dotted name, text: as written
    OUTPUT_DEFAULT = "output-default"  # the default of a parameter that names where results go; text: the parameter
    LIST_FILES = "list-files"  # the first call of `listFiles` in a script; text: the script
    STORE_CALL = "store-call"  # the first call with `storeDir`; text: the script
    BIN_CALL = "bin-call"  # a call of a program in `bin/` that is not executable; text: its path
    CRLF_SCRIPT = "crlf-script"  # a script of `bin/` or `templates/` whose first line ends with CR; text: the line; key: `mark` for a BOM
    OUTPUT_BLOCK = "output-block"  # text: the number of its targets
    OUTPUT_TARGET = (
        "output-target"  # a target of an output block; key: its name, text: its path if it is a plain string
    )
    DEEP_OUTPUT = "deep-output"  # a process output with `**`; text: the pattern
    PUBLISH_PATH = "publish-path"  # an enabled `publishDir`; text: the path up to the first unknown part
    PUBLISH_PARAM = "publish-param"  # the same with a path that begins with a parameter; text: the parameter
    PUBLISH_UNKNOWN = "publish-unknown"  # the same with a path that only a run knows
    OUTPUT_DIRECTORY_PATH = "output-directory-path"  # `outputDir`; text: as for PUBLISH_PATH
    OUTPUT_DIRECTORY_PARAM = "output-directory-param"  # the same; text: the parameter
    OUTPUT_DIRECTORY_UNKNOWN = "output-directory-unknown"  # the same with a path that only a run knows
    REPORT_PATH = "report-path"  # an enabled report; key: its scope (`timeline`, ...), text: the path, empty if omitted
    REPORT_PARAM = (
        "report-param"  # the same with a path that begins with a parameter; key: its scope, text: the parameter
    )
    REPORT_UNKNOWN = "report-unknown"  # the same with a path that only a run knows; key: its scope
    DAG_FORMAT = "dag-format"  # text: the suffix of the graph's file
    SCHEMA_MISSING = "schema-missing"  # no `nextflow_schema.json`; text: its path
    SCHEMA_INVALID = "schema-invalid"  # text: what is wrong with it
    SCHEMA_DRAFT_UNKNOWN = "schema-draft-unknown"  # text: its `$schema`, empty if omitted
    SCHEMA_ALTERNATIVES = (
        "schema-alternatives"  # text: `anyOf` or `oneOf`; alternatives: lists of parameters; `conditional`
    )
    SCHEMA_NESTED = "schema-nested"  # a parameter with members; text: its name


@dataclass(frozen=True, slots=True)
class Feature:
    """A use of something in a definition that a rule may report.

    `name` defines which members are set and what they hold. `conditional`: an `if` of the definition decides whether it takes effect;
    `depends_on` are the inputs that decide that, sorted, as far as they are known.
    """

    name: FeatureName
    text: str
    place: Place
    key: str = ""
    reason: str = ""
    conditional: bool = False
    alternatives: tuple[tuple[str, ...], ...] = ()
    depends_on: tuple[str, ...] = ()


def feature_order(feature: Feature) -> tuple[object, ...]:
    """The key by which features are sorted."""
    return (feature.place, feature.name, feature.key, feature.text, feature.reason)
