"""Secrets and leftovers in packages: what is found and where, that no value is ever shown, and what must stay silent."""

from __future__ import annotations

import json
import random
import string
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli
from examples import CORRECT

from packager.findings.credentials import secrets
from packager.findings.redaction import redacted

Files = Callable[[dict[str, str | bytes]], Path]
LETTERS = string.ascii_letters + string.digits


def drawn(count: int, letters: str = LETTERS, seed: int = 3) -> str:
    """Characters as a generator of keys draws them; no form of a key stands in this file itself."""
    return "".join(random.Random(seed).choices(letters, k=count))


BASE32 = string.ascii_uppercase + "234567"
SECRET_HALF = drawn(37, LETTERS + "/+") + "aB9"
ACCESS_KEY_ID = "AKIA" + drawn(16, BASE32)
PEM = "-----BEGIN {}PRIVATE KEY-----\n{}\n-----END {}PRIVATE KEY-----\n"

SECRETS = {
    "a GitHub token": "ghp_" + drawn(36),
    "a GitHub token (fine-grained)": "github_pat_" + drawn(22) + "_" + drawn(59),
    "a GitLab token": "glpat-" + drawn(20),
    "a Slack token": "xoxb-" + drawn(12, string.digits) + "-" + drawn(24),
    "the address of a Slack webhook": "https://hooks.slack.com/services/T0"
    + drawn(8, BASE32)
    + "/B0"
    + drawn(8, BASE32)
    + "/"
    + drawn(24),
    "a Google API key": "AIza" + drawn(35),
    "an npm token": "npm_" + drawn(36),
    "a PyPI token": "pypi-AgEIcHlwaS5vcmc" + drawn(80),
    "a Hugging Face token": "hf_" + drawn(34, string.ascii_letters),
    "a Docker Hub token": "dckr_pat_" + drawn(27),
    "an Anthropic key": "sk-ant-api03-" + drawn(95),
    "an OpenAI key": "sk-proj-" + drawn(40) + "T3BlbkFJ" + drawn(40),
    "an Azure storage key": "AccountKey=" + drawn(86) + "==",
    "a Seqera Platform token": "eyJ0aWQi" + drawn(60),
    "a JSON web token": "eyJ" + drawn(30) + ".eyJ" + drawn(60) + "." + drawn(43),
}


@pytest.fixture
def lint(cli: Cli, files: Files) -> Callable[..., list[tuple[str, str, int, int, int, int]]]:
    """The findings about contents: code, path and place; everything below the folder is packaged."""

    def run(contents: dict[str, str | bytes], *options: str) -> list[tuple[str, str, int, int, int, int]]:
        folder = files({**CORRECT, **contents})
        result = cli(
            "lint", folder, "--main", "main.wdl", "--include", "*", *options, "--format", "json", "--fail-on", "never"
        )
        assert result.code == 0, result.err
        return [
            (
                one["code"],
                Path(one["path"])
                .relative_to(Path(*Path(one["path"]).parts[: -len(next(iter(contents)).split("/"))]))
                .as_posix(),
                one["line"],
                one["column"],
                one["endLine"],
                one["endColumn"],
            )
            for one in result.json["diagnostics"]
            if one["code"].startswith("SEC")
        ]

    return run


Lint = Callable[..., list[tuple[str, str, int, int, int, int]]]


@pytest.mark.parametrize("what", list(SECRETS))
def test_every_known_form_is_found_at_its_place(what: str, lint: Lint) -> None:
    value = SECRETS[what]
    shown = value.removeprefix("https://")
    column = 10 + len(value) - len(shown)
    found = lint({"run.py": f"# é\ntoken = '{value}'\n"})
    assert found == [("SEC001", "run.py", 2, column, 2, column + len(shown))]


@pytest.mark.parametrize("what", list(SECRETS))
def test_forms_are_told_apart(what: str) -> None:
    (found,) = secrets(f"x: {SECRETS[what]}\n".encode())
    assert found.what == what.partition(" (")[0]


@pytest.mark.parametrize("what", list(SECRETS))
def test_a_longer_word_is_no_token(what: str) -> None:
    assert secrets(f"x{SECRETS[what].removeprefix('https://hooks.').removeprefix('AccountKey=')}".encode()) == []


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (f"aws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_HALF}\n", 2, 25),
        (f"accessKey = '{ACCESS_KEY_ID}'\nsecretKey = '{SECRET_HALF}'\n", 2, 14),
        (f'{{"AccessKeyId": "{ACCESS_KEY_ID}", "SecretAccessKey": "{SECRET_HALF}"}}\n', 1, 61),
        (f"export AWS_SECRET_ACCESS_KEY={SECRET_HALF}\n", 1, 30),
    ],
)
def test_an_access_key_is_its_secret_half(text: str, line: int, column: int, lint: Lint) -> None:
    assert lint({"conf.txt": text}) == [("SEC001", "conf.txt", line, column, line, column + 40)]


def test_the_more_telling_form_is_named() -> None:
    (found,) = secrets(f"aws {{ accessKey = '{ACCESS_KEY_ID}'; secretKey = '{SECRET_HALF}' }}".encode())
    assert found.what == "an AWS secret access key"


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_keys(kind: str, lint: Lint) -> None:
    head = f"-----BEGIN {kind}PRIVATE KEY-----"
    assert lint({"deploy.pem": PEM.format(kind, drawn(64), kind)}) == [("SEC002", "deploy.pem", 1, 1, 1, len(head) + 1)]


def test_the_key_of_a_service_account_in_json(lint: Lint) -> None:
    text = json.dumps({"type": "service_account", "private_key": PEM.format("", drawn(64), "")})
    assert [one[:2] for one in lint({"account.json": text})] == [("SEC002", "account.json")]


def test_a_password_in_a_url(lint: Lint) -> None:
    value = drawn(12)
    found = lint({"get.sh": f"curl ftp://lab:{value}@files.example.org/x\n"})
    assert found == [("SEC003", "get.sh", 1, 16, 1, 28)]


@pytest.mark.parametrize(
    "line", ["password = '{}'", 'tower {{ accessToken = "{}" }}', '"api_key": "{}",', "API_KEY: '{}'"]
)
def test_a_literal_that_is_given_to_a_secrets_name(line: str, lint: Lint) -> None:
    value = drawn(20)
    text = line.format(value)
    column = text.index(value) + 1
    assert lint({"conf.yml": text + "\n"}) == [("SEC001", "conf.yml", 1, column, 1, column + 20)]


SILENT = {
    "documentation": "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    "an id alone": f"aws_access_key_id = {ACCESS_KEY_ID}\n",
    "a commit": f"{ACCESS_KEY_ID} {drawn(40, '0123456789abcdef')}\n",
    "placeholders": "token: ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\npassword = 'changeme-please-1'\napi_key = 'YOUR_API_KEY_HERE_1'\n",
    "stars": "https://user:****@host.org https://user:$PASSWORD@host.org https://{user}:{password}@host.org\n",
    "git over ssh": "git@github.com:nf-core/sarek.git ssh://git@github.com:22/x https://github.com/a:b\n",
    "anonymous": "ftp://anonymous:guest1@ftp.ncbi.nlm.nih.gov/x\n",
    "local": "postgres://postgres:postgres1@localhost:5432/x\n",
    "a docker image": "quay.io/biocontainers/samtools:1.17--h00cdaf9_0@sha256:" + drawn(64, "0123456789abcdef") + "\n",
    "a public key": "-----BEGIN PUBLIC KEY-----\n" + drawn(64) + "\n-----BEGIN CERTIFICATE-----\n" + drawn(64) + "\n",
    "a header alone": "grep -q -- '-----BEGIN RSA PRIVATE KEY-----' $1\n",
    "variables": "password = params.password\napi_key = '${secrets.KEY_1}'\ntoken = env('TOKEN')\naccessToken = System.getenv('A1B2')\n",
    "types": "password: string\n'api_key': 'NCBI API key, see the manual'\npassword = 'data/passwords/list.txt'\n",
    "a secret's name": 'secret "SENTIEON_LICENSE_BASE64"\nsecret \'NCBI_API_KEY\'\n',
    "an ARN of documentation": "arn:aws:iam::123456789012:role/x arn:aws:iam::111122223333:role/x arn:aws:s3:::bucket/key\n",
}  # fmt: skip


@pytest.mark.parametrize("case", list(SILENT))
def test_what_real_files_write_is_silent(case: str, lint: Lint) -> None:
    assert lint({"notes.txt": SILENT[case]}) == []


def test_binary_files_and_what_is_not_packaged_are_not_looked_at(cli: Cli, files: Files, lint: Lint) -> None:
    token = SECRETS["a GitHub token"]
    assert lint({"data.bin": b"\0\1\2" + token.encode()}) == []
    folder = files({**CORRECT, "other.py": token})
    assert not [code for code in cli("lint", folder / "main.wdl", "--format", "json").codes if code.startswith("SEC")]


# -- nothing shows a value -------------------------------------------------------------------------


def test_no_output_shows_a_value(cli: Cli, files: Files, in_folder: Path) -> None:
    token, password = SECRETS["a GitHub token"], drawn(14)
    main = CORRECT["main.wdl"].replace('echo "hello', f'echo {token} {SECRET_HALF} {ACCESS_KEY_ID} "hello')
    main = main.replace("version 1.0\n", f'version 1.0\nimport "https://lab:{password}@files.example.org/a.wdl" as a\n')
    folder = files({"main.wdl": main})
    for options in (("--format", "text"), ("--format", "json")):
        for _ in range(2):  # cold and warm
            result = cli("lint", folder, *options)
            for value in (token, password, SECRET_HALF):
                assert value not in result.out + result.err
            assert "SEC001" in result.out
            assert "SEC003" in result.out
            assert "files.example.org" in result.out  # of the import's own finding only the password is gone
    kept = "".join(path.read_text() for path in (in_folder.parent).rglob("contents/*/*.json"))
    assert token not in kept


def test_a_line_with_a_secret_is_not_shown_for_another_finding(cli: Cli, files: Files) -> None:
    token = SECRETS["a GitLab token"]
    runtime = f'docker: "ubuntu:latest" cpu: 1 memory: "2 GiB" note: "{token}"'
    main = CORRECT["main.wdl"].replace(
        'docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"\n', runtime + "\n"
    )
    main = main.replace('        cpu: 1\n        memory: "2 GiB"\n', "")
    out = cli("lint", files({"main.wdl": main}), "--ignore", "SEC").out
    assert "IMG004" in out
    assert token not in out


def test_redaction_keeps_the_rest() -> None:
    assert redacted("a https://lab:s3cr3tzzz9@host.org/x b") == "a https://lab:<redacted>@host.org/x b"
    assert redacted("nothing here") == "nothing here"
    assert redacted("\udc80 lone") == "\udc80 lone"


# -- files by name, size and place -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [".env", ".netrc", "id_rsa", "keys/store.p12", ".aws/credentials", "home/.docker/config.json"]
)
def test_files_of_credentials_by_name(name: str, lint: Lint) -> None:
    assert lint({name: "x\n"}) == [("SEC004", name, 0, 0, 0, 0)]


@pytest.mark.parametrize(
    "name", [".env.example", "config.json", "credentials.md", "ca.pem", "id_rsa.pub", "conf/test.config"]
)
def test_other_names_are_silent(name: str, lint: Lint) -> None:
    assert lint({name: "x\n"}) == []


def test_a_file_with_a_key_is_one_finding(lint: Lint) -> None:
    assert [one[0] for one in lint({"id_rsa": PEM.format("OPENSSH ", drawn(70), "OPENSSH ")})] == ["SEC002"]


def test_an_empty_file_holds_nothing(lint: Lint) -> None:
    assert lint({".env": ""}) == []


def test_accounts_in_definitions_are_one_finding(cli: Cli, files: Files) -> None:
    arn = "arn:aws:iam::482915037261:role/reader"
    main = CORRECT["main.wdl"].replace('echo "hello', f'echo {arn} {arn} "hello')
    found = cli("lint", files({"main.wdl": main}), "--format", "json").json["diagnostics"]
    accounts = [
        (one["line"], one["column"], one["endColumn"], one["message"]) for one in found if one["code"] == "SEC005"
    ]
    line = main.splitlines().index(next(text for text in main.splitlines() if arn in text)) + 1
    column = main.splitlines()[line - 1].index("482915037261") + 1
    assert accounts == [(line, column, column + 12, "an ARN contains an account ID 2 times (`main.wdl`)")]


def test_an_account_outside_of_definitions_and_in_images_is_silent(lint: Lint) -> None:
    assert lint({"notes.txt": "arn:aws:iam::482915037261:role/reader\n"}) == []


def test_large_files_are_one_finding(lint: Lint) -> None:
    size = 1024 * 1024
    assert lint({"a.bin": b"\0" * (size + 1), "b.bin": b"\0" * (size + 2)}) == [("SEC006", "b.bin", 0, 0, 0, 0)]
    assert lint({"a.bin": b"\0" * size, "b.bin": b"", "lib.jar": b"\0" * (size + 1)}) == []


def test_leftovers_are_one_finding(cli: Cli, files: Files) -> None:
    folder = files(
        {**CORRECT, "tests/a.txt": "x", "Docs/b.md": "x", ".github/workflows/ci.yml": "x", "bin/test/c.sh": "x"}
    )
    found = cli("lint", folder, "--include", "*", "--format", "json").json["diagnostics"]
    messages = [one["message"] for one in found if one["code"] == "SEC007"]
    assert messages == ["4 files (0 kB) of `.github`, `Docs`, `bin/test` and 1 more are packaged"]
    found = cli("lint", folder, "--format", "json").json["diagnostics"]
    assert not [one for one in found if one["code"] == "SEC007"]


def test_a_definition_that_lies_in_a_folder_of_tests_is_no_leftover(cli: Cli, files: Files) -> None:
    folder = files({f"tests/{name}": content for name, content in CORRECT.items()})
    assert "SEC007" not in cli("lint", folder, "--format", "json").codes


def test_outputs_of_notebooks(lint: Lint) -> None:
    cell = {"cell_type": "code", "outputs": [{"output_type": "stream"}]}
    text = json.dumps({"cells": [cell]})
    start = text.index('"outputs"') + 1
    assert lint({"report.ipynb": text}) == [("SEC008", "report.ipynb", 1, start, 1, start + len('"outputs": [{'))]
    assert lint({"report.ipynb": json.dumps({"cells": [{**cell, "outputs": []}]})}) == []


def test_a_given_zip_is_looked_into(cli: Cli, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "flow.zip", "w") as archive:
        archive.writestr("main.wdl", CORRECT["main.wdl"])
        archive.writestr("conf/site.env", f"TOKEN={SECRETS['a GitHub token']}\n")
    assert "SEC001" in cli("lint", tmp_path / "flow.zip", "--format", "json").codes


# -- time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "piece",
    ["A", "AKIA", ACCESS_KEY_ID + " ", "eyJ", "eyJ.", "-----BEGIN PRIVATE KEY-----", "://", "://a:", "://a:b", "password = '",
     "password", "ghp_", "sk-", "xoxb-", "sk-T3BlbkFJ", "key=", "aws_secret", "pypi-Ag", "arn:aws:", "x" * 40 + " ", "\n"],
)  # fmt: skip
def test_hostile_bytes_cost_no_more_than_their_length(piece: str) -> None:
    content = (piece * (256 * 1024 // len(piece) + 1)).encode()
    start = time.perf_counter()
    secrets(content)
    assert time.perf_counter() - start < 5


def test_pictures_need_no_search(cli: Cli, files: Callable[[dict[str, str | bytes]], Path]) -> None:
    main = "version 1.0\nworkflow w {}\n"
    folder = files(
        {
            "main.wdl": main,
            "a.png": b"\x89PNG\r\n\x1a\n\0",
            "b.gif": b"GIF89a\0",
            "c.jpg": b"\xff\xd8\xff\0",
            "d.bin": b"\0",
        }
    )
    skipped = cli("lint", folder, "--include", "*", "--format", "json").json["skipped"]
    reasons = {each["reason"] for each in skipped if each["code"] == "SEC001"}
    assert reasons == {"1 file not searched for secrets because of binary content: `d.bin`"}
