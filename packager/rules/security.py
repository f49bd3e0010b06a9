"""Rules about what does not belong into a package: secrets, accounts, data and leftovers.

The definition is mounted in every task and can be downloaded by whoever may read the workflow.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity, Skipped
from packager.model.facts import Role
from packager.rules.facts import BINARY, LARGE, UNSEARCHED, Content, Facts
from packager.rules.rule import Found, Subject, rule
from packager.text import listed

_MOUNTED = "container images page (the definition is mounted in every task)"
_OWN = "packager: what is not needed should not be packaged"
_SEARCHES = ("SEC001", "SEC002", "SEC003")
_UNSEARCHED = {
    BINARY: "{count} not searched for secrets, because of binary content: {names}",
    LARGE: "{count} of over 1 MiB searched for secrets only in the first 1 MiB: {names}",
}
# Files that hold credentials, by name; a certificate (`.pem`) is public unless its content says otherwise.
_CREDENTIAL_NAMES = frozenset(
    {
        ".env", ".netrc", "_netrc", ".pgpass", ".git-credentials", ".pypirc", ".htpasswd", ".dockercfg", ".boto",
        "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "rclone.conf",
    }
)  # fmt: skip
_CREDENTIAL_PATHS = (".aws/credentials", ".docker/config.json", ".kube/config")
_CREDENTIAL_SUFFIXES = (".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk")
# Our own advice: a quarter of what may be sent in one request, which is 4 MiB by one page of the guide.
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
    """What to say of files that were not searched for secrets: one line for each reason."""
    found: list[Skipped] = []
    for reason, fact in _UNSEARCHED.items():
        names = [content.place.path for content in _contents(facts, UNSEARCHED) if content.what == reason]
        if names:
            count = "1 file" if len(names) == 1 else f"{len(names)} files"
            found += [Skipped(code, fact.format(count=count, names=listed(names))) for code in _SEARCHES]
    return tuple(found)


@rule(
    "SEC001",
    "secret-in-package",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="withdraw the secret, take it out of the file, and let tasks get what they need from the run's role or its parameters",
    source=_MOUNTED,
    bad=_wdl("API_KEY='q7Rt2mXw9Lk4Zp8V' fetch reads"),
    good=_wdl("API_KEY='your-api-key-here' fetch reads"),
)
def secret_in_package(facts: Facts) -> Iterator[Found]:
    """A file of the package holds a key or a token.

    Every task can read the definition, and so can whoever may read the workflow; what was once packaged cannot be called back. The value
    itself is never shown here. Binary files, and what follows the first MiB of a file, are not searched: they are listed as not checked.
    """
    for content in _contents(facts, "secret"):
        yield Found(content.place, f"the file holds {content.what}", subject=content.what)


@rule(
    "SEC002",
    "private-key-in-package",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="replace the key wherever it is trusted, and take it out of the package",
    source=_MOUNTED,
    bad=_wdl(
        "echo hello",
        f"keys/deploy.pem\n    -----BEGIN RSA {'PRIVATE'} KEY-----\n    MIIEpAIBAAKCAQEAu3kq0bX9WmZ5tJ7rP2vL8sD1fG6hN4cY\n",
    ),
    good=_wdl(
        "echo hello", "keys/deploy.pub\n    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3kq0bX9WmZ5tJ7rP2vL8sD1fG6hN4cY\n"
    ),
)
def private_key_in_package(facts: Facts) -> Iterator[Found]:
    """A file of the package holds a private key.

    Whoever can read the definition can act in the name of its owner.
    """
    for content in _contents(facts, "private-key"):
        yield Found(content.place, "the file holds a private key")


@rule(
    "SEC003",
    "password-in-url",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="change the password, and take it out of the URL",
    source=_MOUNTED,
    bad=_wdl("curl https://deploy:" + "q7Rt2mXw9@files.example.org/x"),
    good=_wdl("curl https://files.example.org/x"),
)
def password_in_url(facts: Facts) -> Iterator[Found]:
    """A URL carries a user's password.

    It is readable in every task, and tools write URLs to their logs.
    """
    for content in _contents(facts, "url-password"):
        yield Found(content.place, "the URL holds a password")


@rule(
    "SEC004",
    "credential-file-in-package",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="leave it out with `--exclude`, or list it in `.packagerignore`",
    source=_MOUNTED,
    bad=_wdl("echo hello", ".env\n    LICENSE_SERVER=10.0.0.7:8990\n"),
    good=_wdl("echo hello", ".env.example\n    LICENSE_SERVER=\n"),
)
def credential_file_in_package(facts: Facts) -> Iterator[Found]:
    """A file of the package is of a name that holds credentials.

    No run reads such files, while whoever can read the definition can. A file that surely holds a key is reported for the key alone.
    """
    told = {content.place.path for content in _contents(facts, "secret", "private-key", "url-password")}
    for entry in facts.archive.entries if facts.archive else ():
        name = posixpath.basename(entry.path)
        named = name in _CREDENTIAL_NAMES or name.endswith(_CREDENTIAL_SUFFIXES)
        named = named or f"/{entry.path}".endswith(tuple(f"/{path}" for path in _CREDENTIAL_PATHS))
        if named and entry.size and entry.path not in told:
            yield Found(Place(entry.path), f"`{name}` is of a name that holds credentials")


@rule(
    "SEC005",
    "account-in-definition",
    Severity.INFO,
    subject=Subject.ARCHIVE,
    hint="make the ARN an input, so that the same package serves every account",
    source="packager: one package for every account; API CreateWorkflow (nothing of an account is fixed)",
    bad=_wdl("aws sts assume-role --role-arn arn:aws:iam::482915037261:role/reader --role-session-name x"),
    good=_wdl("aws sts assume-role --role-arn ~{role} --role-session-name x").replace(
        "command <<<", "input { String role }\n      command <<<"
    ),
)
def account_in_definition(facts: Facts) -> Iterator[Found]:
    """A definition names an account in an ARN.

    The package then serves that account alone and cannot be promoted from one to the next. Images are judged by their own rules.
    """
    found = list(_contents(facts, "account"))
    if found:
        places = "" if len(found) == 1 else f" {len(found)} times"
        files = list(dict.fromkeys(content.place.path for content in found))
        yield Found(found[0].place, f"an account is fixed in an ARN{places} ({listed(files)})")


@rule(
    "SEC006",
    "large-file-in-package",
    Severity.INFO,
    subject=Subject.ARCHIVE,
    hint="keep data on S3 and make them inputs, or leave them out with `--exclude`",
    source="packager: a quarter of what may be sent in a request; fixed quotas page",
    bad="a reference genome of 30 MB beside the scripts",
    good="the same workflow with the genome as an input",
)
def large_file_in_package(facts: Facts) -> Iterator[Found]:
    """A file of more than 1 MiB that is neither definition nor program is in the package.

    It takes a good part of what a request can carry, and is stored and mounted with every version of the workflow. The limit is this
    tool's own.
    """
    entries = facts.archive.entries if facts.archive else ()
    large = [
        one
        for one in entries
        if one.size > _LARGE_BYTES and one.role not in (Role.MAIN, Role.DEFINITION) and not one.path.endswith(".jar")
    ]
    large.sort(key=lambda one: (-one.size, one.path))
    if large:
        total = sum(one.size for one in large) / 1e6
        what = "a file" if len(large) == 1 else f"{len(large)} files"
        names = [f"{one.path} ({one.size / 1e6:.1f} MB)" for one in large]
        yield Found(Place(large[0].path), f"{what} of over 1 MiB, {total:.1f} MB together: {listed(names)}")


@rule(
    "SEC007",
    "leftovers-in-package",
    Severity.INFO,
    subject=Subject.ARCHIVE,
    hint="leave them out with `--exclude`, or build the zip with `packager package`",
    source=_OWN,
    bad=_wdl("echo hello", "tests/expected.txt\n    hello\n"),
    good=_wdl("echo hello", "scripts/greet.sh\n    echo hello\n"),
)
def leftovers_in_package(facts: Facts) -> Iterator[Found]:
    """Tests, documentation or settings of CI are in the package, though nothing refers to them.

    They make the package larger and its digest change when only they change.
    """
    found = [
        entry
        for entry in (facts.archive.entries if facts.archive else ())
        if entry.role is Role.OTHER and _UNUSED_FOLDERS.intersection(entry.path.lower().split("/")[:-1])
    ]
    if found:
        folders = sorted({_folder(entry.path) for entry in found})
        size = sum(entry.size for entry in found) / 1000
        files = "file" if len(found) == 1 else "files"
        yield Found(Place(found[0].path), f"{len(found)} {files} ({size:,.0f} kB) of {listed(folders)} are packaged")


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
    source=_OWN,
    bad=_wdl(
        "echo hello", 'report.ipynb\n    {"cells": [{"cell_type": "code", "outputs": [{"output_type": "stream"}]}]}\n'
    ),
    good=_wdl("echo hello", 'report.ipynb\n    {"cells": [{"cell_type": "code", "outputs": []}]}\n'),
)
def notebook_output_in_package(facts: Facts) -> Iterator[Found]:
    """A notebook of the package still has the outputs of an earlier run.

    They may show data of patients or of another project to whoever reads the definition.
    """
    for content in _contents(facts, "notebook-output"):
        yield Found(content.place, "the notebook holds outputs of an earlier run")
