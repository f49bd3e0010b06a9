"""What a person does next after each command: from facts to command lines, all in one place.

Every function is pure. The facts that come from the command line itself are a `WorkflowNames`, which `given_workflows` collects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from packager.healthomics import limits
from packager.images.registry_map import FILE_NAME
from packager.images.registry_map.generation import EcrRegistry
from packager.shell import command_line
from packager.text import joined

# The options of a command line that the next command needs as well, because they decide what the workflow is.
_SHARED = frozenset(
    {
        "--engine",
        "--main",
        "--parameter-template",
        "--container-registry-map",
        "--region",
        "--nextflow-profile",
        "--target",
    }
)
_PATTERNS = frozenset({"--include", "--exclude"})
_SERVICE = frozenset({"--profile", "--endpoint-url", "--local", "--db"})
_ACCOUNT = frozenset({"--account"})
# By command; a test compares them with the options of the commands.
ACCEPTED: dict[str, frozenset[str]] = {
    "inspect": _SHARED | _PATTERNS | _ACCOUNT,
    "lint": _SHARED | _PATTERNS | _ACCOUNT,
    "template": _SHARED,
    "inputs": _SHARED,
    "images": _SHARED | _ACCOUNT,
    "map generate": (_SHARED | _ACCOUNT) - {"--container-registry-map"},
    "package": _SHARED | _PATTERNS | _ACCOUNT,  # its `--endpoint-url` is that of S3
    "submit": _SHARED | _PATTERNS | _ACCOUNT | _SERVICE,
    "vendor": frozenset(),
}
CARRIED = frozenset().union(*ACCEPTED.values())
NEW_INPUTS = "inputs.json"
NEW_REQUEST = "start-run.json"


@dataclass(frozen=True, slots=True)
class WorkflowNames:
    """How the user named workflows: the PATHs, and the options that decide what is read there, each with its value ("" for a flag)."""

    paths: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()

    def has(self, option: str) -> bool:
        """Whether the user set an option."""
        return any(name == option for name, _ in self.options)

    def with_option(self, option: str, value: str) -> WorkflowNames:
        """The same with another value of an option."""
        kept = tuple(pair for pair in self.options if pair[0] != option)
        return replace(self, options=(*kept, (option, value)))


def _packager(command: str, names: WorkflowNames, *more: str) -> str:
    """A command of packager for the same workflows, with those of the options that it accepts."""
    accepted = ACCEPTED[command]
    options = [word for name, value in names.options if name in accepted for word in (name, value) if word]
    paths = [f"./{path}" if path.startswith("-") else path for path in names.paths]
    return command_line(["packager", *command.split(), *paths, *options, *more])


def after_list(folders: Sequence[str], *, number: int, configured: bool) -> str:
    """After `list`: the configuration of a repository with more than one workflow, else what HealthOmics sees."""
    if number > 1 and not configured:
        return command_line(["packager", "init", *folders]) if len(folders) < 2 else ""
    return _packager("lint" if number > 1 else "inspect", WorkflowNames(tuple(folders)))


def after_init(folder: str) -> str:
    """After `init`: the workflows of the new configuration are checked."""
    return _packager("lint", WorkflowNames(() if folder == "." else (folder,)))


def after_inspect(names: WorkflowNames) -> str:
    """After `inspect`: the workflow is checked."""
    return _packager("lint", names)


@dataclass(frozen=True, slots=True)
class LintFacts:
    """What `lint` found: how many findings `--fix` resolves, the code of the first error, and whether a hint has the command for a map.

    `remote`: it refers to remote documents that `packager vendor` copies.
    """

    fixable: int = 0
    first_error: str = ""
    needs_map: bool = False
    remote: bool = False
    in_zip: bool = False
    has_region: bool = False


def after_lint(names: WorkflowNames, facts: LintFacts) -> str:
    """After `lint` of a workflow: fix, copy remote documents, explain or package; empty if the hint about images has the command."""
    if facts.fixable:
        return _packager("lint", names, "--fix")
    if facts.remote and not facts.in_zip and len(names.paths) < 2:
        return _packager("vendor", names)
    if facts.first_error:
        return command_line(["packager", "rules", facts.first_error])
    if facts.needs_map:
        return ""
    if facts.in_zip:
        return _packager("submit", names, *(() if facts.has_region else ("--local",)))
    return _packager("package", names)


def after_template(names: WorkflowNames, file: str, *, automatic: bool) -> str:
    """After a template file was written: it is checked with the workflow. `automatic`: packager uses it without an option."""
    return _packager("lint", names if automatic else names.with_option("--parameter-template", file))


def after_inputs(names: WorkflowNames, file: str | None) -> str:
    """After a skeleton of run parameters: it is kept in a file, or that file is checked once it is filled in."""
    more = ("-o", NEW_INPUTS) if file is None else ("--check", file)
    return _packager("inputs", names, *more)


def after_checked_inputs(names: WorkflowNames, file: str) -> str:
    """After run parameters passed their check: the workflow with exactly these."""
    return _packager("lint", names, "--run-parameters", file)


def after_start_run(names: WorkflowNames, options: Sequence[str], file: str | None) -> str:
    """After a request that starts runs was printed with these options: it is kept in a file, or that file is checked."""
    more = (*options, "-o", NEW_REQUEST) if file is None else ("--check", file)
    return _packager("inputs", names, *more)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A request that passed its check: whether it starts a batch of runs, and the Region, if it is known."""

    batch: bool
    region: str | None


def after_checked_run(file: str, facts: RunFacts) -> str:
    """After a request that starts runs passed its check: it is sent; a word in capitals is a placeholder."""
    operation = "start-run-batch" if facts.batch else "start-run"
    document = ["--cli-input-json", f"file://{file}", "--region", facts.region or "REGION"]
    return command_line(["aws", "omics", operation, *document])


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What `images` found: the images without a mapping, the map that there is or should be, and the private ECR as far as it is known.

    `failed`: AWS cannot serve some of them.
    """

    unmapped: int
    map_file: str = FILE_NAME
    failed: bool = False
    account: str | None = None
    region: str | None = None


def after_images(names: WorkflowNames, facts: ImageFacts) -> str:
    """After `images`: a map for those that the service cannot pull; with all of them mapped, the package."""
    if facts.failed:
        return _packager("images", names, "--print-policy", "ecr")
    if facts.unmapped:
        return map_command(names, facts.map_file, account=facts.account, region=facts.region)
    return _packager("package", names) if len(names.paths) < 2 else _packager("lint", names)


def after_image_script(file: str) -> str:
    """After a script about images was written: it shows what it would do."""
    return command_line(["sh", f"./{file}" if file.startswith("-") else file, "--dry-run"])


def map_command(names: WorkflowNames, file: str, *, account: str | None, region: str | None) -> str:
    """The command that writes a map; words in capitals are placeholders for an account and a Region that are unknown."""
    if not names.has("--target"):
        names = names.with_option("--account", account or "ACCOUNT").with_option("--region", region or "REGION")
    return _packager("map generate", names, "-o", file)


@dataclass(frozen=True, slots=True)
class CacheFacts:
    """A pull-through cache that a new map needs: its registry, its prefix, and whether ECR needs a secret for the registry."""

    upstream: str
    prefix: str
    needs_secret: bool


@dataclass(frozen=True, slots=True)
class MapFacts:
    """A map that was written: its file, whether packager finds it without an option, its ECR, the new caches and the images to copy."""

    file: str
    automatic: bool
    registry: EcrRegistry
    caches: tuple[CacheFacts, ...] = ()
    copied_images: int = 0


def after_map(names: WorkflowNames, facts: MapFacts) -> list[str]:
    """After a map was written: what the account needs so that HealthOmics can pull the images; words in capitals are placeholders."""
    steps = [step for cache in facts.caches for step in _cache_steps(cache, facts.registry.region)]
    if not facts.automatic:
        names = names.with_option("--container-registry-map", facts.file)
    if not names.has("--target"):
        names = names.with_option("--account", facts.registry.account).with_option("--region", facts.registry.region)
    if facts.caches:
        steps.append(_packager("images", names, "--print-policy", "registry"))
    if facts.copied_images:
        steps.append(_packager("images", names, "--format", "mirror", "--script", "skopeo"))
    steps.append(_packager("images", names, "--print-policy", "repository"))
    return [*steps, _packager("images", names, "--prime")] if facts.caches else steps


def credentials_note(caches: Sequence[CacheFacts]) -> str:
    """What has to be in the files that the commands of `after_map` read; empty if they read none."""
    private = [cache for cache in caches if cache.needs_secret]
    if not private:
        return ""
    content = '{"username": "NAME", "accessToken": "TOKEN"}'
    hosts, files = joined([cache.upstream for cache in private]), joined([_credentials(cache) for cache in private])
    return f"first write your login for {hosts} to {files}, as `{content}`"


def _credentials(cache: CacheFacts) -> str:
    return f"{cache.prefix.replace('/', '-')}-credentials.json"


def _cache_steps(cache: CacheFacts, region: str) -> Iterator[str]:
    """The commands that create a pull-through cache, with its secret."""
    rule = ["aws", "ecr", "create-pull-through-cache-rule", "--ecr-repository-prefix", cache.prefix]
    rule += ["--upstream-registry-url", cache.upstream, "--region", region]
    if cache.needs_secret:
        name, file = f"{limits.SECRET_PREFIX}{cache.prefix}", f"file://{_credentials(cache)}"
        secret = ["aws", "secretsmanager", "create-secret", "--name", name, "--secret-string", file, "--region", region]
        yield command_line(secret)
        rule += ["--credential-arn", "SECRET_ARN"]
    yield command_line(rule)


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """A policy that was printed: its kind, the repositories and the prefixes of caches that it is for, and their Region."""

    kind: str
    repositories: tuple[str, ...]
    prefixes: tuple[str, ...]
    region: str | None


def after_policy(facts: PolicyFacts) -> list[str]:
    """After a policy was printed: the command that uses it, once it is in a file; words in capitals are placeholders."""
    region = ["--region", facts.region or "REGION"]
    document = "file://POLICY.json"
    match facts.kind:
        case "caller":
            return [
                command_line(["aws", "iam", "create-policy", "--policy-name", "NAME", "--policy-document", document])
            ]
        case "run-role":
            role = ["aws", "iam", "put-role-policy", "--role-name", "ROLE", "--policy-name", "NAME"]
            return [command_line([*role, "--policy-document", document])]
        case "registry":
            return [command_line(["aws", "ecr", "put-registry-policy", "--policy-text", document, *region])]
    steps: list[str] = []
    if facts.repositories:
        policy = ["aws", "ecr", "set-repository-policy", "--repository-name", facts.repositories[0]]
        steps.append(command_line([*policy, "--policy-text", document, *region]))
    for prefix in facts.prefixes:
        template = ["aws", "ecr", "create-repository-creation-template", "--prefix", prefix]
        template += ["--applied-for", "PULL_THROUGH_CACHE", "--repository-policy", document]
        steps.append(command_line([*template, *region]))
    return steps


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """A zip that was written, the map that it needs, and whether the Region to submit to is known."""

    file: str
    registry_map: str | None
    has_region: bool


def after_package(names: WorkflowNames, facts: PackageFacts) -> str:
    """After `package`: the zip is submitted; to the embedded emulator if no Region is known."""
    kept = tuple(pair for pair in names.options if pair[0] in ("--target", "--region", "--nextflow-profile"))
    zipped = WorkflowNames((facts.file,), kept)
    if facts.registry_map is not None:
        zipped = zipped.with_option("--container-registry-map", facts.registry_map)
    return _packager("submit", zipped, *(() if facts.has_region else ("--local",)))


def after_staging(names: WorkflowNames, staging: str) -> str:
    """After `package --stage`: the workflow is submitted with the zip that is on S3."""
    return _packager("submit", names, "--staging", staging, "--stage", "definition")


def after_submit(names: WorkflowNames, workflow_id: str | None, version_name: str | None) -> str:
    """After `submit`: the request that starts a run of what was submitted; `workflow_id` is None if that is only in the emulator."""
    version = ("--version-name", version_name) if version_name is not None else ("--default-version",)
    known = ("--workflow-id", workflow_id, *version) if workflow_id is not None else ()
    return _packager("inputs", names, "--start-run", *known)


def instead_of_aws(names: WorkflowNames) -> str:
    """Without credentials or a Region: the same submission to the embedded emulator."""
    dropped = ("--profile", "--endpoint-url", "--local")
    return _packager(
        "submit", replace(names, options=tuple(pair for pair in names.options if pair[0] not in dropped)), "--local"
    )


def after_diff(names: WorkflowNames, *, identical: bool, choice: Iterable[tuple[str, str]]) -> str:
    """After `diff`: the changes are submitted to the same workflow; `choice` are the options that name it."""
    if identical:
        return ""
    return _packager("submit", names, *(word for pair in choice for word in pair))


def after_status_list(workflow_id: str, service: Iterable[tuple[str, str]]) -> str:
    """After the list of workflows: one of them; `service` are the options that name the service."""
    options = [word for pair in service for word in pair if word]
    return command_line(["packager", "status", workflow_id, *options])
