"""Every number and pattern of the service that this tool uses, each with its source and date.

Each group of constants names its sources: members of the table in `packager/findings/sources.py`, which has their dates. A test compares
the numbers of `Api` with the botocore that is installed. Where sources disagree, a comment notes it, and the rule that uses the
number warns.
"""

from __future__ import annotations

import re
from typing import Final

from packager.model.image_reference import DOCKER_HUB

# Enumerations. Api.OMICS: WorkflowEngine, StorageType, Accelerators, WorkflowStatus.
ENGINES: Final = ("WDL", "NEXTFLOW", "CWL", "WDL_LENIENT")
STORAGE_TYPES: Final = ("STATIC", "DYNAMIC")
ACCELERATORS: Final = ("GPU",)
WORKFLOW_STATUSES: Final = ("CREATING", "ACTIVE", "UPDATING", "DELETED", "FAILED", "INACTIVE")

# Lengths of text members (characters). Api.OMICS: CreateWorkflowRequest, CreateWorkflowVersionRequest.
NAME_LENGTH: Final = (1, 128)  # WorkflowName
DESCRIPTION_LENGTH: Final = (1, 256)  # WorkflowDescription
MAIN_LENGTH: Final = (1, 128)  # WorkflowMain
VERSION_NAME_LENGTH: Final = (1, 64)  # WorkflowVersionName
WORKFLOW_ID_LENGTH: Final = (1, 18)  # WorkflowId
REQUEST_ID_LENGTH: Final = (1, 128)  # WorkflowRequestId
DEFINITION_URI_LENGTH: Final = (1, 256)  # WorkflowDefinition
REGISTRY_MAP_URI_LENGTH: Final = (1, 750)  # Uri
REPOSITORY_PATH_LENGTH: Final = (1, 128)  # ParameterTemplatePath, ReadmePath

# Patterns. Api.OMICS. The service's "text" class: letters, marks, separators, symbols, numbers, punctuation; so no
# control characters, no tab, no line end. Python's `re` has no \p{..}: `is_text` below does the same check.
VERSION_NAME_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9\-\._]*"  # WorkflowVersionName
WORKFLOW_ID_PATTERN: Final = r"[0-9]+"  # WorkflowId
BUCKET_OWNER_PATTERN: Final = r"[0-9]{12}"  # WorkflowBucketOwnerId
ACCOUNT_ID_PATTERN: Final = r"[0-9]+"  # AwsAccountId, of length 12
ACCOUNT_ID_LENGTH: Final = 12
README_URI_PATTERN: Final = r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/((.{1,1024}))"  # S3UriForObject
CONNECTION_ARN_PATTERN: Final = r"arn:aws(-[\w]+)*:.+:.+:[0-9]{12}:.+"  # ConnectionArn
FULL_REPOSITORY_ID_PATTERN: Final = r".+/.+"  # FullRepositoryId
TEXT_PATTERN: Final = r"[\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}]+"

# The definition, in bytes. Guide.FIXED_QUOTAS, Guide.PACKAGING. Guide.CREATION_OVERVIEW still has 4 MiB for a direct upload, hence the
# warning from there on. MB is read as 10^6, the smaller meaning.
ZIP_INLINE_MAX_BYTES: Final = 4_400_000
ZIP_INLINE_WARN_BYTES: Final = 4 * 1024 * 1024
ZIP_S3_MAX_BYTES: Final = 100_000_000
# A definition in a Git repository. Guide.FIXED_QUOTAS, Guide.PACKAGING. Api.OMICS: ExcludeFilePatternList,
# SourceReferenceType.
REPOSITORY_MAX_BYTES: Final = 1024**3
REPOSITORY_FILE_MAX_BYTES: Final = 100 * 1024**2
EXCLUDE_PATTERNS: Final = (1, 50)
REFERENCE_TYPES: Final = ("BRANCH", "TAG", "COMMIT")
CONNECTION_ARN_LENGTH: Final = (1, 256)  # ConnectionArn
README_MAX_BYTES: Final = 500 * 1024  # Guide.FIXED_QUOTAS, Guide.README; Api.OMICS: readmeUri

# The parameter template. Api.OMICS: WorkflowParameterTemplate, WorkflowParameterName, WorkflowParameterDescription.
# Guide.FIXED_QUOTAS: 1,000 entries and 400 KB; the model, which is newer, allows 2,000.
TEMPLATE_ENTRIES: Final = (1, 2000)
TEMPLATE_ENTRIES_WARN: Final = 1000
TEMPLATE_MAX_BYTES: Final = 400_000
RUN_PARAMETERS_MAX_BYTES: Final = 256_000  # Guide.FIXED_QUOTAS, Guide.RUN_INPUTS; older editions had 50,000
PARAMETER_NAME_LENGTH: Final = (1, 128)
PARAMETER_DESCRIPTION_LENGTH: Final = (0, 256)

# Runs. Api.OMICS: StartRunRequest, DefaultRunSetting, InlineSetting, StartRunBatchRequest. Lengths and patterns of members that a
# workflow's request does not have; `parametersUri` and `requesterPaysEnabled` are in botocore from 1.44.8 on.
RUN_NAME_LENGTH: Final = (1, 128)  # RunName
RUN_ROLE_LENGTH: Final = (1, 128)  # RunRoleArn
RUN_ROLE_PATTERN: Final = r"arn:.+"
RUN_OUTPUT_URI_LENGTH: Final = (1, 750)  # RunOutputUri
RUN_PARAMETERS_URI_LENGTH: Final = (1, 1093)  # RunParametersUri
RUN_PARAMETERS_URI_PATTERN: Final = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+"
RUN_PRIORITY: Final = (0, 100_000)  # StartRunRequestPriorityInteger
RUN_CONFIGURATION_LENGTH: Final = (1, 128)  # ConfigurationName
RUN_SESSION_POLICY_LENGTH: Final = (1, 2048)  # SessionPolicy
RUN_SETTING_ID_LENGTH: Final = (1, 128)  # RunSettingId
RUN_ROWS: Final = (1, 100)  # InlineSettings
RUN_ROWS_URI_LENGTH: Final = (1, 750)  # S3UriSettings
BATCH_NAME_LENGTH: Final = (1, 64)  # BatchName
WORKFLOW_TYPES: Final = ("PRIVATE", "READY2RUN")  # WorkflowType
CACHE_BEHAVIORS: Final = ("CACHE_ON_FAILURE", "CACHE_ALWAYS")  # CacheBehavior
LOG_LEVELS: Final = ("OFF", "FATAL", "ERROR", "ALL")  # RunLogLevel
RETENTION_MODES: Final = ("RETAIN", "REMOVE")  # RunRetentionMode
NETWORKING_MODES: Final = ("RESTRICTED", "VPC")  # NetworkingMode
SCRATCH_STORAGE_MODES: Final = ("LOCAL", "SHARED")  # ScratchStorageMode
OUTPUT_PREFIX_MODES: Final = ("SERVICE_DEFINED", "NONE_WITH_OVERWRITE")  # RunOutputUriPrefixMode

# Infrastructure code. Aws.CLOUDFORMATION: AWS::Omics::Workflow and AWS::Omics::WorkflowVersion.
CLOUDFORMATION_ENGINES: Final = ("WDL", "NEXTFLOW", "CWL")
CLOUDFORMATION_TEMPLATE_ENTRIES: Final = 1000

# Tags. Api.OMICS: TagMap; Guide.TAGGING.
TAGS_MAX: Final = 50
TAG_KEY_LENGTH: Final = (1, 128)
TAG_VALUE_LENGTH: Final = (0, 256)
TAG_RESERVED_PREFIX: Final = "aws:"
TAG_PUNCTUATION: Final = "_.:/=+-@"

# Storage, in GiB. Api.OMICS: storageCapacity. Guide.RUN_TYPES (steps), Guide.SERVICE_QUOTAS (9,600 per run, adjustable).
STORAGE_CAPACITY: Final = (0, 100_000)
STORAGE_QUOTA_GIB: Final = 9600
STORAGE_SMALLEST_GIB: Final = 1200
STORAGE_STEP_GIB: Final = 2400

# The container registry map. Api.OMICS: ImageMapping. The map's JSON schema has the limits of its other members, and a test compares it
# with the model.
IMAGE_URI_LENGTH: Final = (1, 750)
# Guide.CREATION: what the console accepts; the model has no such limit.
CONSOLE_REGISTRY_MAPPINGS: Final = 20
CONSOLE_IMAGE_MAPPINGS: Final = 100

# Registries. Guide.PULL_THROUGH_CACHES, Guide.COPIED_REGISTRIES.
PULL_THROUGH_HOSTS: Final = (
    "public.ecr.aws",
    "registry.k8s.io",
    "quay.io",
    DOCKER_HUB,
    "ghcr.io",
    "registry.gitlab.com",
)
PULL_THROUGH_SUFFIXES: Final = (".azurecr.io",)
COPIED_HOSTS: Final = ("community.wave.seqera.io", "wave.seqera.io", "nvcr.io", "gcr.io")
COPIED_SUFFIXES: Final = ("-docker.pkg.dev",)

# Private ECR as the service uses it. Guide.CONTAINERS, Guide.ECR_PERMISSIONS, Guide.FIXED_QUOTAS.
SERVICE_PRINCIPAL: Final = "omics.amazonaws.com"
REPOSITORY_ACTIONS: Final = ("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability")
CACHE_REGISTRY_ACTIONS: Final = ("ecr:CreateRepository", "ecr:BatchImportUpstreamImage")
CACHE_TEMPLATE_ACTIONS: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
IMAGE_MAX_GIB: Final = 45
IMAGE_MAX_GIB_ACCELERATED: Final = 95
IMAGE_PLATFORM: Final = ("linux", "amd64")
ECR_IMAGES_PER_CALL: Final = 100  # Api.ECR: ImageIdentifierList
ECR_ROOT: Final = "ROOT"  # Api.ECR: the prefix of rules and templates that have none
# Api.ECR: RepositoryName, PullThroughCacheRuleRepositoryPrefix.
ECR_REPOSITORY_MAX: Final = 256
ECR_PREFIX_MAX: Final = 30
ECR_PREFIX_PATTERN: Final = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT"
# The prefixes that ECR's console proposes. Aws.ECR_GUIDE; those of Azure and GitLab are named after the registry in the same way.
CACHE_PREFIXES: Final = {
    "public.ecr.aws": "ecr-public",
    "registry.k8s.io": "kubernetes",
    "quay.io": "quay",
    DOCKER_HUB: "docker-hub",
    "ghcr.io": "github",
    "registry.gitlab.com": "gitlab",
}
# Registries for whose caches ECR needs a secret, and the beginning of its name. Guide.PULL_THROUGH_CACHES, Aws.ECR_GUIDE.
SECRET_HOSTS: Final = (DOCKER_HUB, "ghcr.io", "registry.gitlab.com")
SECRET_SUFFIXES: Final = (".azurecr.io",)
SECRET_PREFIX: Final = "ecr-pullthroughcache/"  # noqa: S105 - the beginning of a name

# What a caller needs to submit workflows and start runs. Guide.USER_PERMISSIONS.
CALLER_ACTIONS: Final = (
    "omics:CreateWorkflow",
    "omics:CreateWorkflowVersion",
    "omics:GetWorkflow",
    "omics:GetWorkflowVersion",
    "omics:ListWorkflows",
    "omics:ListWorkflowVersions",
    "omics:TagResource",
    "omics:StartRun",
    "omics:GetRun",
)
# What the role of a run needs besides its images. Guide.SERVICE_PERMISSIONS.
LOG_GROUP: Final = "/aws/omics/WorkflowLog"
LOG_ACTIONS: Final = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")

# Task resources. Guide.COMPUTE, Guide.TASK_ACCELERATORS, Guide.ADVANCED_RESOURCES.
MAX_VCPUS: Final = 192
MAX_MEMORY_GIB: Final = 1536
MAX_ACCELERATORS: Final = 4
# The 32xlarge and 48xlarge sizes exist only in these Regions; elsewhere the largest is the 24xlarge.
LARGE_INSTANCE_REGIONS: Final = (
    "us-west-2",
    "us-east-1",
    "us-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
)
MAX_VCPUS_ELSEWHERE: Final = 96
MAX_MEMORY_GIB_ELSEWHERE: Final = 768
ACCELERATOR_TYPES: Final = (
    "nvidia-tesla-t4",
    "nvidia-tesla-t4-a10g",
    "nvidia-tesla-a10g",
    "nvidia-t4-a10g-l4",
    "nvidia-l4-a10g",
    "nvidia-l4",
    "nvidia-l40s",
)
# The largest machine with one accelerator, and with four: (vCPUs, GiB). Guide.COMPUTE.
ONE_ACCELERATOR_MAX: Final = (64, 256)
ONE_ACCELERATOR_MAX_L40S: Final = (64, 512)
FOUR_ACCELERATORS_MAX: Final = (96, 384)
FOUR_ACCELERATORS_MAX_T4: Final = (48, 192)
FOUR_ACCELERATORS_MAX_L40S: Final = (96, 768)

# Lists of resource profiles. Guide.ADVANCED_RESOURCES; waits in minutes are recommended ones.
FALLBACK_ATTRIBUTE: Final = "omicsResourceFallbackOrder"
FALLBACK_FIELDS: Final = ("acceleratorType", "acceleratorCount", "cpu", "memory", "omicsResourceWaitTimeoutInMin")
FALLBACK_MAX_PROFILES: Final = 10
FALLBACK_WAIT_MINUTES: Final = 20
FALLBACK_WAIT_MINUTES_MULTIPLE: Final = 30

# Runtime attributes of WDL tasks that the service honours. Guide.WDL.
WDL_RUNTIME_ATTRIBUTES: Final = (
    "docker",
    "container",
    "cpu",
    "memory",
    "acceleratorType",
    "acceleratorCount",
    "gpuType",
    "gpuCount",
    "disks",
    "preemptible",
    "maxRetries",
    "returnCodes",
    "continueOnReturnCode",
    "omicsTimeout",
    FALLBACK_ATTRIBUTE,
    "omicsResourceWaitTimeoutInMin",
)
WDL_SERVICE_ERROR_RETRIES: Final = 2  # the most that `preemptible` can ask for
TASK_TIMEOUT_MIN_SECONDS: Final = 60  # Guide.WDL, `omicsTimeout`: less is rounded up
MAX_TASK_DISK_GIB: Final = 3072  # Guide.EPHEMERAL_STORAGE: `/tmp` of a task with LOCAL scratch storage
# URIs that the values of WDL Files may be. Guide.WDL, primitive types.
WDL_FILE_SCHEMES: Final = ("s3://", "omics://")

# Languages. Guide.LANGUAGE_VERSIONS.
WDL_VERSIONS: Final = ("1.0", "1.1", "development")
CWL_VERSIONS: Final = ("v1.0", "v1.1", "v1.2")
# CWL. Guide.CWL, Guide.RUN_INPUTS (which URIs can be read), Guide.TASK_ACCELERATORS. What the service reads beyond the specification:
# classes of extensions, and fields of standard classes.
CWL_FILE_SCHEMES: Final = ("s3://", "omics://")
CWL_EXTENSIONS: Final = ("Loop", "CUDARequirement", "OutOfMemoryRetry")
CWL_RETRY_CLASSES: Final = ("arv:OutOfMemoryRetry", "http://arvados.org/cwl#OutOfMemoryRetry")
CWL_RETRY_FIELD: Final = "omicsRetryOn5xx"

# Nextflow. Guide.LANGUAGE_VERSIONS, Guide.NEXTFLOW_RETENTION.
# The order in which a range of versions is tried.
NEXTFLOW_PREFERENCE: Final = ("23.10.0", "22.04.0", "24.10.8", "25.10.0", "26.04.0")
NEXTFLOW_DEFAULT: Final = "23.10.0"
NEXTFLOW_DSL1: Final = "22.04.0"  # the only version that reads the first DSL
NEXTFLOW_STRICT: Final = "26.04.0"  # the first version that reads with the strict parser by default
# The plugins that are installed; no other is available, and a request for another version is ignored.
NEXTFLOW_PLUGINS: Final = {
    "22.04.0": {},
    "23.10.0": {"nf-schema": "2.3.0", "nf-validation": "1.1.1"},
    "24.10.8": {"nf-schema": "2.3.0"},
    "25.10.0": {"nf-schema": "2.6.1", "nf-core-utils": "0.4.0", "nf-prov": "1.7.0", "nf-fgbio": "1.0.1"},
    "26.04.0": {"nf-schema": "2.7.2", "nf-core-utils": "0.4.0", "nf-prov": "1.7.0", "nf-fgbio": "1.0.1"},
}

# When a version is deprecated; in the twelve months before, and after, no new workflow can be created with it.
# Guide.NEXTFLOW_RETENTION.
NEXTFLOW_DEPRECATED: Final = {"22.04.0": "2026-11-30", "23.10.0": "2027-11-30"}
# The first version with output blocks and reports. Guide.NEXTFLOW.
NEXTFLOW_OUTPUTS: Final = "25.10.0"
# The first version with `docker.registryOverride`. Standard.NEXTFLOW_25_10.
NEXTFLOW_REGISTRY_OVERRIDE: Final = "25.10.0"
# Where task outputs and workflow-level files must be written to be exported. Guide.NEXTFLOW, Guide.TASK_OUTPUTS.
NEXTFLOW_PUBLISH_DIR: Final = "/mnt/workflow/pubdir"
NEXTFLOW_OUTPUT_DIR: Final = "/mnt/workflow/output"
# Parameters for the folder of results. Standard.NF_CORE, not the service.
NEXTFLOW_OUTPUT_PARAMETERS: Final = ("outdir", "out_dir", "output_dir", "outputDir")
NEXTFLOW_MIN_TIME_SECONDS: Final = 60  # Guide.NEXTFLOW, `time`
NEXTFLOW_SCRATCH: Final = "/tmp"  # noqa: S108 - a path inside of tasks. Guide.NEXTFLOW, `scratch`
DEFINITION_MOUNT: Final = "/mnt/workflow"  # where tasks see the definition. Guide.CONTAINERS
RESERVED_VARIABLES: Final = "AWS_WORKFLOW_"  # Guide.CONTAINERS

# Regions of the service's workflows. Api.OMICS, endpoints. A newer botocore may know more.
REGIONS: Final = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "il-central-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)


def is_repository_id(value: str) -> bool:
    """Whether a value matches `FULL_REPOSITORY_ID_PATTERN`, in one pass: the pattern itself can take quadratic time."""
    return "\n" not in value and "/" in value[1:-1]


def is_connection_arn(value: str) -> bool:
    """Whether a value is the ARN of a connection. The length is checked first, because the pattern takes long for a long value."""
    shortest, longest = CONNECTION_ARN_LENGTH
    return shortest <= len(value) <= longest and re.fullmatch(CONNECTION_ARN_PATTERN, value) is not None


_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3: bucket naming rules


def is_bucket(name: str) -> bool:
    """Whether S3 accepts a name for a bucket; the ARN of an access point, which means another host, is not a name."""
    return _BUCKET.fullmatch(name) is not None and ".." not in name


def is_text(value: str) -> bool:
    """Whether a value is in the service's "text" class: no control, format, private or unassigned characters.

    Source: Api.OMICS, the pattern of most string members (`TEXT_PATTERN`).
    """
    if value.isascii():
        return not value or value.isprintable()
    import unicodedata  # noqa: PLC0415 - not needed at start

    return all(unicodedata.category(char)[0] in "LMZSNP" for char in value)


# Machine families by accelerator type, and the Regions known to have them. Guide.TASK_ACCELERATORS, Guide.COMPUTE
# (G6 and G6e in five Regions; no G4 in il-central-1; no G5 in ap-southeast-1).
ACCELERATOR_FAMILIES: Final = {
    "nvidia-tesla-t4": ("G4",),
    "nvidia-tesla-t4-a10g": ("G4", "G5"),
    "nvidia-tesla-a10g": ("G5",),
    "nvidia-t4-a10g-l4": ("G4", "G5", "G6"),
    "nvidia-l4-a10g": ("G5", "G6"),
    "nvidia-l4": ("G6",),
    "nvidia-l40s": ("G6e",),
}


def accelerator_regions(family: str) -> tuple[str, ...]:
    """The Regions known to have a family of GPU machines."""
    if family in ("G6", "G6e"):
        return LARGE_INSTANCE_REGIONS
    lacking = {"G4": "il-central-1", "G5": "ap-southeast-1"}[family]
    return tuple(region for region in REGIONS if region != lacking)
