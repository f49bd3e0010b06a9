"""The one table of sources: what findings and limits rest on, each document once, with its edition and what it states.

`source=` of a rule or a code is `cite(Guide.PACKAGING, "imports")`: a document, then the topics of it that count. A topic is a statement
of the document in our own words, or the name of a part of it. Comments in `healthomics/limits.py` name the same members.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

_OCTOBER = "2026-10"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")  # other editions are versions
_GUIDE_ADDRESS = "https://docs.aws.amazon.com/omics/latest/dev"


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A document: its name, the day or month as of which it was read (or its version), where it is, and what it states by topic.

    `edition` and `address` are empty if they were not recorded.
    """

    name: str
    edition: str = ""
    address: str = ""
    topics: Mapping[str, str] = field(default_factory=dict)


class Source(Enum):
    """A table of documents; the tables below are its subclasses."""

    _value_: Document

    @property
    def document(self) -> Document:
        """The entry itself."""
        return self._value_


@dataclass(frozen=True, slots=True)
class Citation:
    """A document, and the topics of it on which something rests."""

    source: Source
    topics: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The citation as people read it."""
        return self._about(self.source.document.name)

    @property
    def markdown(self) -> str:
        """The citation with a link to the document."""
        document = self.source.document
        return self._about(f"[{document.name}]({document.address})" if document.address else document.name)

    def _about(self, name: str) -> str:
        document = self.source.document
        edition = f" ({document.edition})" if document.edition else ""
        topics = ", ".join(document.topics[topic] for topic in self.topics)
        return f"{name}{edition}: {topics}" if topics else f"{name}{edition}"


def cite(*parts: Source | str) -> tuple[Citation, ...]:
    """The `source` of a rule or a code: documents, each followed by the topics of it that count, if only some do.

    Raises:
        ValueError: a document has no such topic, or no document is named first (a bug that shows at import).
    """
    citations: list[Citation] = []
    for part in parts:
        if isinstance(part, Source):
            citations.append(Citation(part))
        elif not citations or part not in citations[-1].source.document.topics:
            raise ValueError(f"`{part}` is not a topic of {citations[-1].source if citations else 'a document'}")
        else:
            last = citations[-1]
            citations[-1] = Citation(last.source, (*last.topics, part))
    return tuple(citations)


def newest_date() -> str:
    """The newest day or month as of which a document was read."""
    documents = (source.document for table in Source.__subclasses__() for source in table)
    return max(document.edition for document in documents if _DATE.fullmatch(document.edition))


def _page(name: str, path: str, topics: Mapping[str, str] | None = None, *, edition: str = _OCTOBER) -> Document:
    """A page of the user guide; most were read as of October 2026."""
    return Document(f"HealthOmics user guide, {name}", edition, f"{_GUIDE_ADDRESS}/{path}.html", topics or {})


def _names(*names: str) -> dict[str, str]:
    """Topics that are names, of the shapes of an API for example."""
    return {name: name for name in names}


class Guide(Source):
    """A page of the HealthOmics user guide."""

    ADVANCED_RESOURCES = _page(
        "advanced resource configuration page",
        "advanced-resource-configuration",
        {
            "replaces": "the list cannot be combined with the other resource attributes of its task",
            "list": "one to ten profiles, each a non-empty map with quoted keys",
            "fields": "a profile has only the documented fields, and accelerator type and count belong together",
            "cpu": "only the last profile can be without an accelerator",
            "advice": "short waits and duplicate profiles are only warnings",
            "scatter": "the list is not supported within scatter blocks",
            "maximum": "a task has at most 192 vCPUs, 1,536 GiB and four accelerators",
        },
    )
    COMPUTE = _page(
        "compute and memory of tasks page",
        "memory-and-compute-tasks",
        {
            "default": "a task that requests nothing gets 1 vCPU and 1 GiB, and both are hard limits",
            "minimum": "a task gets at least 1 vCPU and 1 GiB",
            "machines": "the table of machines and their sizes",
            "regions": "which machines each Region has",
        },
    )
    CONTAINERS = _page(
        "container images page",
        "workflows-ecr",
        {
            "private": "images are pulled from private ECR in the workflow's Region",
            "platform": "x86_64 only",
            "entrypoint": "images are built without an ENTRYPOINT",
            "reserved": "names of variables that begin with `AWS_WORKFLOW_` are reserved",
            "mounted": "the definition is mounted in every task",
            "upstreams": "the registries that the pull-through cache supports, not private ECR",
            "mapping": "an image mapping names one upstream image and the private ECR image to use for it",
            "priority": "image mappings have priority over registry mappings",
            "untagged": "how a source without a tag matches is not documented",
        },
    )
    CONTAINER_CREATION = _page(
        "containers for workflow creation page",
        "containers-workflow-creation",
        {
            "host": "`upstreamRegistryUrl` is exactly the host that an image begins with",
            "every host": "each public registry that the workflow uses needs a mapping",
            "needed": "a mapping of a registry that HealthOmics copies from needs `credentialArn`",
            "ignored": "`credentialArn` is ignored for a registry of the pull-through cache",
            "matching": "the exact matching rules are not documented",
        },
        edition="2026-10-14",
    )
    COPIED_REGISTRIES = _page(
        "registries without pull-through cache page",
        "containers-non-ptc-registries",
        {
            "registries": "HealthOmics copies images of Seqera, NVIDIA and Google registries itself",
            "once": "an image is copied once, so a digest or a version is better than a tag that moves",
        },
        edition="2026-10-14",
    )
    CREATION = _page(
        "create a private workflow page",
        "create-private-workflow",
        {
            "personal data": "a workflow's name should have no personal data",
            "console": "20 registry mappings and 100 image mappings in the console",
            "storage": "STATIC is the default storage type",
            "paths": "paths of a template and a README are for definitions in a Git repository",
            "git template": "a definition in a Git repository has a template only if its path is named",
            "folder": "an example has a `definitionUri` that is a folder",
            "accelerators": "the request can name accelerators",
        },
    )
    CREATION_OVERVIEW = _page(
        "creating private workflows page",
        "creating-private-workflows",
        {"4 MiB": "4 MiB for a zip in the request"},
    )
    CWL = _page(
        "CWL language page",
        "workflow-languages-cwl",
        {
            "Operation": "`class: Operation` is not supported",
            "Loop": "`cwltool:Loop` needs v1.2",
            "multiplier": "`memoryRetryMultiplier` must be above 1",
            "strict mode": "JavaScript must comply with strict mode",
            "secondary files": "secondary files of a step's input are declared by the main workflow's input as well",
            "extensions": "the documented extensions",
            "literal images": "a literal image of private ECR is discouraged",
            "tmpdirMin": "`tmpdirMin` sets the size of `/tmp`, in MiB",
        },
    )
    DEFAULT_VERSION = _page(
        "default version page",
        "workflows-default-version",
        {"original": "the original workflow is always the default version"},
    )
    ECR_PERMISSIONS = _page(
        "Amazon ECR permissions page",
        "permissions-ecr",
        {
            "repository": "the policy of each repository lets HealthOmics read its images",
            "registry": "the registry policy lets HealthOmics create repositories and import images of the cache",
            "template": "a creation template for the prefix lets HealthOmics read the new repositories",
        },
    )
    USER_PERMISSIONS = _page("IAM permissions for users page", "permissions-user")
    SERVICE_PERMISSIONS = _page("service roles page", "permissions-service")
    EPHEMERAL_STORAGE = _page(
        "ephemeral storage page",
        "workflows-ephemeral-storage",
        {
            "maximum": "`/tmp` of a task has at most 3,072 GiB",
            "LOCAL": "only runs with LOCAL scratch storage give a task its own disk",
            "outputs": "files in `/tmp` cannot be outputs",
        },
    )
    FIXED_QUOTAS = _page(
        "fixed quotas page",
        "fixed-quotas",
        {
            "zip": "4.4 MB for a zip in the request, 100 MB for a zip on S3",
            "repository": "1 GiB for a Git repository, 100 MiB for each file",
            "README": "500 KiB for a README",
            "template entries": "1,000 entries in a parameter template",
            "template size": "400 KB for a parameter template",
            "run parameters": "256,000 bytes for the parameters of a run",
            "images": "45 GiB for an image, 95 GiB with accelerators",
        },
    )
    LANGUAGE_VERSIONS = _page(
        "language versions page",
        "workflows-lang-versions",
        {
            "WDL": "WDL 1.0, 1.1 and development",
            "CWL": "CWL v1.0, v1.1 and v1.2",
            "DSL1": "only Nextflow 22.04 reads DSL1",
            "unsatisfiable": "a required version that is not available fails the run (WORKFLOW_VER_VALIDATION_FAILED)",
            "default": "without a usable version, 23.10.0 is used",
            "order": "a range is tried in the order 23.10.0, 22.04.0, 24.10.8, 25.10.0, 26.04.0",
            "last": "the last setting counts, also one of an included config",
        },
    )
    LINTERS = _page(
        "workflow linters page",
        "workflows-linter",
        {
            "WDL": "errors make the workflow FAILED",
            "status": "the results are in the status message",
        },
    )
    NEXTFLOW = _page(
        "Nextflow workflow definition page",
        "workflow-definition-nextflow",
        {
            "strict": "from 26.04 on, the strict parser is used unless a run sets `v1`",
            "profiles": "a run can only use profiles that the definition has",
            "standard": "the profile `standard` applies if it is defined",
            "outputs": "output blocks from 25.10 on",
            "published": "only what is published below `/mnt/workflow/pubdir` is exported",
            "reports": "reports below `/mnt/workflow/output`, from 25.10 on",
            "graphs": "without Graphviz a graph is a `.dot` file",
            "scratch": "a scratch folder is useful only below `/tmp`, and `ram-disk` is not recommended",
            "time": "`time` is at least 60 seconds, in whole minutes",
            "retries": "`errorStrategy` and `maxRetries`",
            "plugins": "plugins cannot be downloaded, and a version that is not installed is ignored",
            "config": "the `nextflow.config` next to the main script is read",
        },
    )
    NEXTFLOW_RELEASES = _page(
        "Nextflow version release notes page",
        "nextflow-version-release-notes",
        {
            "modules": "modules are never fetched",
            "deprecated": "what 26.04 deprecates",
            "previews": "previews that 26.04 does not support",
        },
    )
    NEXTFLOW_RETENTION = _page(
        "Nextflow version retention policy page",
        "nextflow-version-retention-policy",
        {
            "closing": "no new workflow with a version from twelve months before its deprecation",
            "plugins": "the installed plugins of each version",
            "previews": "no preview features",
        },
        edition="2026-11-22",
    )
    PACKAGING = _page(
        "packaging page",
        "workflow-defn-packaging",
        {
            "imports": "every file that the definition imports must be in the archive",
            "one source": "a request has exactly one definition",
            "sizes": "the limits of each kind of definition",
            "extensions": "definition files have the extension `.wdl`, `.nf` or `.cwl`",
            "object": "`definitionUri` is a zip on S3",
            "names": "links and unusual names in an archive are not described",
        },
        edition="2026-10-16",
    )
    PARAMETER_TEMPLATES = _page(
        "parameter templates page",
        "parameter-templates",
        {
            "entry": "an entry has a description and may be optional",
            "names": "a parameter has the name of a workflow input",
            "required": "a run must set every parameter that is not optional",
            "Nextflow": "how the template of a Nextflow workflow is generated",
            "nested": "nested parameters are skipped",
        },
    )
    PULL_THROUGH_CACHES = _page(
        "registries with pull-through cache page",
        "containers-ptc-registries",
        {"tags": "the cache follows its upstream only while tags are mutable"},
        edition="2026-10-14",
    )
    README = _page(
        "workflow README page",
        "workflows-readme",
        {
            "size": "at most 500 KiB",
            "links": "Markdown in a `.md` file, with relative links only in a Git repository",
        },
    )
    REQUIREMENTS = _page(
        "workflow definition requirements page",
        "workflow-defn-requirements",
        {
            "complete": "the archive has the main definition and all files that it uses",
            "bin": "scripts in `bin`, and the advice to call them with their interpreter",
        },
    )
    RUN_CACHE = _page(
        "run cache page",
        "how-run-cache",
        {"container": "results of a task without a container are not cached"},
    )
    RUN_CACHE_ENGINES = _page(
        "workflow cache per engine page",
        "workflow-cache-per-engine",
        {"deep": "`cache 'deep'` is not supported"},
    )
    RUN_ERRORS = _page(
        "run errors page",
        "workflows-run-errors",
        {"resources": "INVALID_TASK_RESOURCE_VALUE"},
    )
    RUN_INPUTS = _page(
        "run inputs page",
        "workflows-run-inputs",
        {
            "places": "files are in S3 or in HealthOmics storage",
            "read-only": "inputs are staged read-only",
            "object": "a URI names exactly one object",
            "size": "256 KB for the parameters of a run",
        },
    )
    RUN_TYPES = _page(
        "run types page",
        "workflows-run-types",
        {
            "default": "DYNAMIC is the default storage type",
            "steps": "static storage is rounded up to 1,200 GiB or a multiple of 2,400 GiB",
            "DYNAMIC": "dynamic storage ignores the capacity",
        },
    )
    SERVICE_QUOTAS = _page(
        "service quotas page",
        "service-quotas",
        {"storage": "9,600 GiB of static storage per run, adjustable"},
    )
    TAGGING = _page("tagging page", "tagging")
    TASK_ACCELERATORS = _page(
        "task accelerators page",
        "task-accelerators",
        {
            "types": "the accelerator types and their families of machines",
            "pair": "type and count belong together",
            "CWL": "`cudaComputeCapability` is the name of an accelerator",
        },
    )
    TASK_OUTPUTS = _page(
        "task outputs page",
        "workflows-task-outputs",
        {
            "WDL": "only outputs of the main workflow are exported",
            "Nextflow": "results are published below `/mnt/workflow/pubdir`",
            "folders": "a folder rather than many single files",
        },
    )
    VERSIONS = _page(
        "workflow versions page",
        "workflows-version-create",
        {"inherits": "a version inherits nothing from its workflow"},
    )
    VPC = _page(
        "VPC networking page",
        "workflows-vpc-networking",
        {
            "network": "a run can only access S3 and ECR in its Region, unless it runs in a VPC",
            "configuration": "a run in a VPC has a configuration",
        },
    )
    WDL = _page(
        "WDL language page",
        "workflow-languages-wdl",
        {
            "Directory": "`Directory` needs version development",
            "Object": "a struct is recommended instead of `Object`",
            "File": "a File is an object in S3 or HealthOmics storage",
            "conversion": "implicit type conversion of the lenient engine",
            "types": "the JSON type of each WDL type",
            "members": "names of a struct's members must match exactly",
            "names": "an input can be named `workflow.input`",
            "attributes": "the runtime attributes that have an effect",
            "disks": "`disks`: only the number counts",
            "preemptible": "`preemptible` is a number of retries, at most 2",
            "maxRetries": "`maxRetries` is for tasks that ran out of memory, and needs GNU findutils",
            "omicsTimeout": "`omicsTimeout` is a duration of at least one minute",
            "accelerators": "`acceleratorType` and `acceleratorCount`, or `gpuType` and `gpuCount`",
        },
    )
    WDL_CHANGES = _page(
        "WDL engine change log",
        "wdl-engine-change-log",
        {
            "collect_by_key": "`collect_by_key` with keys of type Float is rejected",
            "division": "from 2026-11-30 on, the division of a Float keeps its fraction",
            "basename": "`basename` with an empty suffix returns the file's name",
        },
        edition="2026-09-22",
    )


class Api(Source):
    """The model of an API in botocore: its shapes, operations and members. A test looks them up in the installed botocore."""

    OMICS = Document(
        "HealthOmics API",
        "botocore 1.44.5",
        topics=_names(
            "Accelerators",
            "ContainerRegistryMap",
            "CreateWorkflow",
            "CreateWorkflowRequest",
            "CreateWorkflowRequest.containerRegistryMapUri",
            "CreateWorkflowRequest.definitionRepository",
            "CreateWorkflowRequest.definitionUri",
            "CreateWorkflowRequest.definitionZip",
            "CreateWorkflowRequest.main",
            "CreateWorkflowRequest.parameterTemplatePath",
            "CreateWorkflowRequest.readmeMarkdown",
            "CreateWorkflowRequest.readmePath",
            "CreateWorkflowRequest.readmeUri",
            "CreateWorkflowRequest.storageCapacity",
            "CreateWorkflowVersion",
            "CreateWorkflowVersionRequest",
            "DefinitionRepository",
            "ExcludeFilePatternList",
            "GetWorkflow",
            "GetWorkflowVersion",
            "ImageMapping",
            "RegistryMapping",
            "BatchRunSettings",
            "SourceReference",
            "StartRun",
            "StartRunBatch",
            "StartRunRequest.engineSettings",
            "StartRunRequest.networkingMode",
            "StorageType",
            "TagMap",
            "WorkflowBucketOwnerId",
            "WorkflowEngine",
            "WorkflowId",
            "WorkflowParameterTemplate",
            "WorkflowVersionName",
        )
        | {
            "no name": "CreateWorkflowVersionRequest has no name",
            "no account": "CreateWorkflowRequest has no member that fixes an account",
            "STATIC": "StartRun has STATIC as default storage type",
            "known parameters": "StartRun accepts only parameters of the template",
            "parameters file": "StartRun accepts a file of parameters on S3 (botocore 1.44.8)",
            "capacity": "StartRun ignores the capacity of dynamic storage",
            "cache behavior": "DefaultRunSetting has a cache behavior only with a cache",
            "batches of Ready2Run": "DefaultRunSetting does not support Ready2Run workflows",
            "default version": "StartRun uses the default version if none is named",
            "row ids": "InlineSettings have unique ids",
            "no list limit": "ContainerRegistryMap does not limit the number of mappings",
            "equal entries": "ContainerRegistryMap does not define which of two equal entries is used",
            "2,000 entries": "WorkflowParameterTemplate has at most 2,000 entries",
        },
    )
    ECR = Document(
        "Amazon ECR API",
        "botocore 1.44.5",
        topics=_names(
            "DescribeImages",
            "DescribePullThroughCacheRules",
            "PullThroughCacheRuleRepositoryPrefix",
            "RepositoryName",
        ),
    )
    STS = Document("AWS STS API", topics=_names("GetCallerIdentity"))


class Aws(Source):
    """Another document or program of AWS."""

    CLOUDFORMATION = Document("CloudFormation resource schemas of AWS::Omics", "2026-10-20")
    ECR_GUIDE = Document("Amazon ECR user guide, page on pulling an image with a pull through cache rule", "2026-11-23")
    LINTER_RULES = Document(
        "awslabs/linter-rules-for-nextflow",
        "2026-01-12",
        "https://github.com/awslabs/linter-rules-for-nextflow",
        {
            "directives": "directives that the service does not support",
            "container engines": "container systems that the service does not support",
        },
    )
    ROADMAP_CACHE = Document(
        "a user's report to AWS, not AWS documentation",
        "2026-07-18",
        "https://github.com/aws/containers-roadmap/issues/2837",
        {"digest": "a first pull by digest does not fill a pull-through cache"},
    )
    MCP_SERVER = Document(
        "AWS HealthOmics MCP server",
        "2026-08-21",
        "https://github.com/awslabs/mcp",
        {
            "checks": "checks of create_workflow",
            "accelerators": "the service does not use the accelerators of a request",
        },
    )
    POWER_COMPUTE = Document(
        "AWS HealthOmics power, custom compute fallback",
        "2026-08",
        "https://github.com/kirodotdev/powers",
        {"unavailable": "a profile without machines in the Region is skipped"},
    )
    POWER_NEXTFLOW = Document(
        "AWS HealthOmics power, Nextflow notes",
        "2026-08-21",
        "https://github.com/kirodotdev/powers",
        {"paths": "paths of an output block are relative"},
    )
    POWER_WDL = Document(
        "AWS HealthOmics power, WDL migration notes",
        "2026-08-21",
        "https://github.com/kirodotdev/powers",
        {
            "version": "a document without a version is registered with a note",
            "names": "a name with the workflow's before it may be ignored without an error",
            "outputs": "a file outside of the task's folder is lost",
            "memory": "units of `memory`",
        },
    )


class Standard(Source):
    """The specification of a language or a format."""

    CWL = Document(
        "CWL v1.2 specification",
        topics=_names(
            "InitialWorkDirRequirement", "ResourceRequirement", "WorkflowStep", "baseCommand", "secondaryFiles"
        ),
    )
    GIT_LFS = Document("Git LFS specification", topics={"pointer": "the pointer"})
    IMAGE_NAMES = Document("Distribution specification", topics={"grammar": "reference grammar"})
    NEXTFLOW = Document(
        "Nextflow reference",
        topics={
            "syntax": "syntax",
            "include": "include",
            "call": "calls of processes and workflows: one channel for each input",
            "selectors": "configuration, process selectors",
        },
    )
    NEXTFLOW_25_10 = Document("Nextflow, migration notes of 25.10: `docker.registryOverride`", "2026-11-25")
    NEXTFLOW_SCHEMA = Document(
        "nf-schema documentation, Nextflow schema specification",
        "2026-11-26",
        "https://nextflow-io.github.io/nf-schema/latest/nextflow_schema/nextflow_schema_specification/",
    )
    NF_CORE = Document("conventions of nf-core, EPI2ME and other pipelines")
    WDL = Document(
        "WDL specification",
        topics={
            "documents": "documents",
            "imports": "import statements",
            "one version": "a document and what it imports must have the same version",
            "memory": "runtime attribute `memory`",
        },
    )
    YAML = Document("YAML 1.2", topics={"keys": "3.2.1.1"})
    ZIP = Document("PKWARE .ZIP File Format Specification, APPNOTE.TXT", "6.3.10")


class Checker(Source):
    """A program whose findings are reported under our own codes."""

    CWLTOOL = Document("cwltool", topics={"validation": "validation"})
    MINIWDL = Document("miniwdl", topics={"check": "check", "lint": "lint"})


class Own(Source):
    """What nobody else requires: principles and advice of this tool."""

    PACKAGER = Document(
        "packager",
        topics={
            "unreadable": "a file that cannot be read cannot be checked",
            "failed rule": "a check that did not run is reported",
            "accepted": "an accepted finding is documented and exists",
            "content": "a package should contain only what a run needs",
            "accounts": "one package for every account",
            "not checked": "what was given and not checked is reported",
            "large file": "a quarter of the limit of a request",
            "description": "the description next to a package",
            "lock": "a copy of a remote document is what its lock recorded",
            "line ends": "Linux looks for a program whose name ends with a carriage return, and for `#!` in the first two bytes",
            "skeleton": "the skeleton of `packager inputs`",
            "version names": "names of versions",
            "checked version": "parameters are checked against the version that they are for",
        },
    )
