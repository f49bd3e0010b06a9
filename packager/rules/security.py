"""Rules about what does not belong in a package: secrets, accounts, data and leftover files.

The definition is mounted in every task, and anyone who can read the workflow can download it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity, Skipped
from packager.findings.sources import Api, Guide, Own, cite
from packager.model.facts import Role
from packager.rules.facts import BINARY, LARGE, UNSEARCHED, Content, Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import count, listed

_SEARCHES = ("SEC001", "SEC002", "SEC003")
_UNSEARCHED = {
    BINARY: "{count} not searched for secrets because of binary content: {names}",
    LARGE: "{count} of over 1 MiB searched for secrets only in the first 1 MiB: {names}",
}
# Files that hold credentials, by name; a certificate (`.pem`) counts as public unless its content is a private key.
_CREDENTIAL_NAMES = frozenset(
    {
        ".env", ".netrc", "_netrc", ".pgpass", ".git-credentials", ".pypirc", ".htpasswd", ".dockercfg", ".boto",
        "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "rclone.conf",
    }
)  # fmt: skip
_CREDENTIAL_PATHS = (".aws/credentials", ".docker/config.json", ".kube/config")
_CREDENTIAL_SUFFIXES = (".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk")
# This tool's own advice: a quarter of the limit of a request, which is 4 MiB by one page of the user guide.
_LARGE_BYTES = 1024 * 1024
_UNUSED_FOLDERS = frozenset(
    {"test", "tests", "docs", ".github", ".gitlab", ".circleci", "test_data", "test-data", "testdata"}
)


def _wdl(extra: str, files: str = "", command: str = "$ packager lint main.wdl --include *") -> str:
    return f"""
{command}
main.wdl
    version 1.1
    workflow hello {{ call greet  output {{ String text = greet.text }} }}
    task greet {{
      command <<< {extra} >>>
      output {{ String text = read_string(stdout()) }}
      runtime {{ container: "quay.io/biocontainers/curl:7.80.0"  cpu: 1  memory: "2 GiB" }}
    }}
{files}"""


def _contents(facts: Facts, *kinds: str) -> Iterator[Content]:
    if facts.archive is not None:
        yield from (content for content in facts.archive.contents if content.kind in kinds)


def unsearched_files(facts: Facts) -> tuple[Skipped, ...]:
    """A note for each reason why files were not searched for secrets."""
    notes: list[Skipped] = []
    for reason, fact in _UNSEARCHED.items():
        names = [content.place.path for content in _contents(facts, UNSEARCHED) if content.what == reason]
        if names:
            files = count(len(names), "file")
            notes += [Skipped(code, fact.format(count=files, names=listed(names))) for code in _SEARCHES]
    return tuple(notes)


@rule(
    "SEC001",
    "secret-in-package",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="revoke the secret, remove it from the file, and let tasks get access from the run's role or its parameters",
    source=cite(Guide.CONTAINERS, "mounted"),
    bad=_wdl("API_KEY='q7Rt2mXw9Lk4Zp8V' fetch reads"),
    good=_wdl("API_KEY='your-api-key-here' fetch reads"),
)
def secret_in_package(facts: Facts) -> Iterator[RuleFinding]:
    """A file of the package contains a key, a token or a password.

    Every task can read the definition, and so can anyone who can read the workflow; a published secret cannot be recalled. Found are
    known forms of tokens, webhook addresses, values of names such as `api_key` and `DB_PASSWORD`, passwords in options of commands
    (`curl -u`, `sshpass -p`), and these in Base64 or in two pieces of a string. A random value without a form or a telling name is not
    found, nor is a signed URL of Azure Open Datasets, which is public. The value itself is never shown here. Binary files that are not
    pictures, and what follows the first MiB of a file, are listed as not checked.
    """
    for content in _contents(facts, "secret"):
        yield RuleFinding(content.place, f"the file contains {content.what}", subject=content.what)


@rule(
    "SEC002",
    "private-key-in-package",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="replace the key wherever it is trusted, and remove it from the package",
    source=cite(Guide.CONTAINERS, "mounted"),
    bad=_wdl(
        "echo hello",
        f"keys/deploy.pem\n    -----BEGIN RSA {'PRIVATE'} KEY-----\n    MIIEpAIBAAKCAQEAu3kq0bX9WmZ5tJ7rP2vL8sD1fG6hN4cY\n",
    ),
    good=_wdl(
        "echo hello", "keys/deploy.pub\n    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3kq0bX9WmZ5tJ7rP2vL8sD1fG6hN4cY\n"
    ),
)
def private_key_in_package(facts: Facts) -> Iterator[RuleFinding]:
    """A file of the package contains a private key.

    Anyone who can read the definition can act as its owner.
    """
    for content in _contents(facts, "private-key"):
        yield RuleFinding(content.place, "the file contains a private key")


@rule(
    "SEC003",
    "password-in-url",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="change the password, and remove it from the URL",
    source=cite(Guide.CONTAINERS, "mounted"),
    bad=_wdl("curl https://deploy:" + "q7Rt2mXw9@files.example.org/x"),
    good=_wdl("curl https://files.example.org/x"),
)
def password_in_url(facts: Facts) -> Iterator[RuleFinding]:
    """A URL contains a user's password.

    Every task can read it, and tools write URLs to their logs.
    """
    for content in _contents(facts, "url-password"):
        yield RuleFinding(content.place, "the URL contains a password")


@rule(
    "SEC004",
    "credential-file-in-package",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="exclude it with `--exclude`, or list it in `.packagerignore`",
    source=cite(Guide.CONTAINERS, "mounted"),
    bad=_wdl("echo hello", ".env\n    LICENSE_SERVER=10.0.0.7:8990\n"),
    good=_wdl("echo hello", ".env.example\n    LICENSE_SERVER=\n"),
)
def credential_file_in_package(facts: Facts) -> Iterator[RuleFinding]:
    """A file of the package has the name of a credentials file.

    No run needs such files, but anyone who can read the definition can read them. If a file contains a detected key, only the key
    is reported.
    """
    reported = {content.place.path for content in _contents(facts, "secret", "private-key", "url-password")}
    for entry in facts.archive.entries if facts.archive else ():
        name = posixpath.basename(entry.path)
        named = name in _CREDENTIAL_NAMES or name.endswith(_CREDENTIAL_SUFFIXES)
        named = named or f"/{entry.path}".endswith(tuple(f"/{path}" for path in _CREDENTIAL_PATHS))
        if named and entry.size and entry.path not in reported:
            yield RuleFinding(Place(entry.path), f"`{name}` is the name of a credentials file")


@rule(
    "SEC005",
    "account-in-definition",
    Severity.INFO,
    subject=Subject.ARCHIVE,
    hint="make the ARN an input, so that the same package works in every account",
    source=cite(Own.PACKAGER, "accounts", Api.OMICS, "no account"),
    bad=_wdl("aws sts assume-role --role-arn arn:aws:iam::482915037261:role/reader --role-session-name x"),
    good=_wdl("aws sts assume-role --role-arn ~{role} --role-session-name x").replace(
        "command <<<", "input { String role }\n      command <<<"
    ),
)
def account_in_definition(facts: Facts) -> Iterator[RuleFinding]:
    """A definition contains an ARN with an account ID.

    The package then works only in that account and cannot be promoted to another. Images have their own rules.
    """
    accounts = list(_contents(facts, "account"))
    if accounts:
        places = "" if len(accounts) == 1 else f" {len(accounts)} times"
        files = list(dict.fromkeys(content.place.path for content in accounts))
        yield RuleFinding(accounts[0].place, f"an ARN contains an account ID{places} ({listed(files)})")


@rule(
    "SEC006",
    "large-file-in-package",
    Severity.INFO,
    subject=Subject.ARCHIVE,
    hint="keep data on S3 and make them inputs, or exclude them with `--exclude`",
    source=cite(Own.PACKAGER, "large file", Guide.FIXED_QUOTAS, "zip"),
    bad="a reference genome of 30 MB next to the scripts",
    good="the same workflow with the genome as an input",
)
def large_file_in_package(facts: Facts) -> Iterator[RuleFinding]:
    """The package contains a file of more than 1 MiB that is neither a definition nor a program.

    It uses a large part of the size limit of a request, and is stored and mounted with every version of the workflow. The limit of 1 MiB is
    this tool's own.
    """
    entries = facts.archive.entries if facts.archive else ()
    large = [
        entry
        for entry in entries
        if entry.size > _LARGE_BYTES
        and entry.role not in (Role.MAIN, Role.DEFINITION)
        and not entry.path.endswith(".jar")
    ]
    large.sort(key=lambda entry: (-entry.size, entry.path))
    if large:
        total = sum(entry.size for entry in large) / 1e6
        names = [f"{entry.path} ({entry.size / 1e6:.1f} MB)" for entry in large]
        message = f"{count(len(large), 'file')} of over 1 MiB, {total:.1f} MB together: {listed(names)}"
        yield RuleFinding(Place(large[0].path), message)


@rule(
    "SEC007",
    "leftovers-in-package",
    Severity.INFO,
    subject=Subject.ARCHIVE,
    hint="exclude them with `--exclude`, or build the zip with `packager package`",
    source=cite(Own.PACKAGER, "content"),
    bad=_wdl("echo hello", "tests/expected.txt\n    hello\n"),
    good=_wdl("echo hello", "scripts/greet.sh\n    echo hello\n"),
)
def leftovers_in_package(facts: Facts) -> Iterator[RuleFinding]:
    """Tests, documentation or CI settings are in the package, although nothing refers to them.

    They make the package larger, and its digest changes when only they change.
    """
    leftovers = [
        entry
        for entry in (facts.archive.entries if facts.archive else ())
        if entry.role is Role.OTHER and _UNUSED_FOLDERS.intersection(entry.path.lower().split("/")[:-1])
    ]
    if leftovers:
        folders = sorted({_folder(entry.path) for entry in leftovers})
        size = sum(entry.size for entry in leftovers) / 1000
        verb = "is" if len(leftovers) == 1 else "are"
        message = f"{count(len(leftovers), 'file')} ({size:,.0f} kB) of {listed(folders)} {verb} packaged"
        yield RuleFinding(Place(leftovers[0].path), message)


def _folder(path: str) -> str:
    """The outermost folder of a path that no run needs."""
    parts = path.split("/")
    last = next(index for index, part in enumerate(parts) if part.lower() in _UNUSED_FOLDERS)
    return "/".join(parts[: last + 1])


@rule(
    "SEC008",
    "notebook-output-in-package",
    Severity.INFO,
    subject=Subject.ARCHIVE,
    hint="clear the outputs before packaging",
    source=cite(Own.PACKAGER, "content"),
    bad=_wdl(
        "echo hello", 'report.ipynb\n    {"cells": [{"cell_type": "code", "outputs": [{"output_type": "stream"}]}]}\n'
    ),
    good=_wdl("echo hello", 'report.ipynb\n    {"cells": [{"cell_type": "code", "outputs": []}]}\n'),
)
def notebook_output_in_package(facts: Facts) -> Iterator[RuleFinding]:
    """A notebook of the package has the outputs of an earlier run.

    They may show data of patients or of another project to anyone who reads the definition.
    """
    for content in _contents(facts, "notebook-output"):
        yield RuleFinding(content.place, "the notebook contains outputs of an earlier run")
