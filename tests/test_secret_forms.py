"""Secrets by form: each row of the tables is found with fresh values in every kind of file, never printed, and look-alikes stay silent."""

from __future__ import annotations

import base64
import json
import random
import re._constants as constants  # type: ignore[import-not-found] # private: a value is drawn from a pattern's own parse tree
import re._parser as parser  # type: ignore[import-not-found] # as above
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from packager.diff.patches import patch
from packager.findings.credentials import PLACEHOLDERS, secrets
from packager.findings.redaction import redacted, redacted_lines
from packager.findings.secret_forms import PASSWORD_PAIRS, PASSWORD_WORDS, TOKEN_PAIRS, TOKEN_WORDS, TOKENS, Token
from packager.findings.secret_names import names_a_secret

Files = Callable[[dict[str, str | bytes]], Path]
LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
FRESH = random.SystemRandom()


def drawn(count: int, letters: str = LETTERS) -> str:
    """A fresh random value that has a lower-case letter, a capital and a digit, if the letters have them."""
    kinds = [
        kind for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits) if set(kind) & set(letters)
    ]
    while True:
        value = "".join(FRESH.choices(letters, k=count))
        varied = all(set(kind) & set(value) for kind in kinds) and len(set(value)) > count // 3
        if varied and not any(word.decode() in value.lower() for word in PLACEHOLDERS):
            return value


def value_of(token: Token) -> str:
    """A fresh random value of a form."""
    while True:
        value = _draw(parser.parse(token.form))
        if len(secrets(f"x = '{value}'\n".encode())) == 1 or FRESH.random() < 0.02:  # not one that holds a placeholder
            return value


def _draw(tree: Any) -> str:
    out = ""
    for kind, what in tree:
        if kind is constants.LITERAL:
            out += chr(what)
        elif kind is constants.IN:
            out += FRESH.choice(_members(what))
        elif kind in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            least, most, inner = what
            out += "".join(_draw(inner) for _ in range(FRESH.randint(least, min(most, least + 20))))
        elif kind is constants.SUBPATTERN:
            out += _draw(what[3])
        elif kind is constants.BRANCH:
            out += _draw(FRESH.choice(what[1]))
    return out


def _members(parts: Any) -> list[str]:
    members: list[str] = []
    for kind, what in parts:
        members += [chr(what)] if kind is constants.LITERAL else [chr(code) for code in range(what[0], what[1] + 1)]
    return members


# A line of each kind of file with a value, and with a command.
LINES = {
    "main.nf": "    export NAME={}",
    "nextflow.config": "params.name = '{}'",
    "main.wdl": '    String name = "{}"',
    "tool.cwl": "    default: {}",
    "run.sh": 'NAME="{}"',
    "run.py": "client = Client('{}')",
    "run.R": 'name <- "{}"',
    "conf.yml": "  name: {}",
    "conf.json": '  "name": "{}",',
    "site.env": "NAME={}",
}
ASSIGNED = {
    "main.nf": "    export {name}={value}",
    "nextflow.config": "    {name} = '{value}'",
    "main.wdl": '    String {name} = "{value}"',
    "tool.cwl": "  {name}: {{type: string, default: '{value}'}}",
    "block.cwl": "  {name}:\n    type: string\n    default: {value}",
    "env.cwl": "  - envName: {name}\n    envValue: {value}",
    "run.sh": '{name}="{value}"',
    "option.sh": "tool --{name} {value} reads",
    "header.sh": "curl -H 'X-{name}: {value}' https://api.lab.org",
    "query.sh": "curl 'https://api.lab.org/x?{name}={value}&format=json'",
    "run.py": 'os.environ["{name}"] = "{value}"',
    "call.py": 'client = Client({name}="{value}")',
    "typed.py": '{name}: str = "{value}"',
    "run.R": 'Sys.setenv({name} = "{value}")',
    "arrow.R": '{name} <- "{value}"',
    "conf.yml": "  {name}: {value}",
    "conf.json": '  "{name}": "{value}",',
    "schema.json": '"{name}": {{\n  "type": "string",\n  "default": "{value}"\n}}',
    "pod.json": '{{"name": "{name}", "value": "{value}"}}',
    "site.env": "{name}={value}",
}
COMMANDS = [
    "curl -u lab:{} -O https://files.lab.org/a.bam",
    "curl -sSu 'lab:{}' https://files.lab.org/a.bam",
    "curl \\\n  --user lab:{} https://files.lab.org/a.bam",
    "curl -H 'Authorization: Bearer {}' https://api.lab.org",
    "wget --user=lab --password={} https://files.lab.org/a.bam",
    "sshpass -p {} scp a.bam lab@host.lab.org:/data",
    "sshpass -p'{}' ssh lab@host.lab.org",
    "mysql -u lab -p{} -h db.lab.org variants",
    "mysqldump -ulab -p{} variants",
    "PGPASSWORD={} psql -h db.lab.org variants",
    "echo 'machine api.lab.org login lab password {}' > ~/.netrc",
    "docker login -u lab -p {} registry.lab.org",
    "echo {} | docker login -u lab --password-stdin registry.lab.org",
    "echo {} | sudo -S mount /data",
    "export SINGULARITY_DOCKER_PASSWORD={}",
    "redis-cli -h cache.lab.org -a {} ping",
    "openssl enc -d -in x.enc -pass pass:{}",
    "gpg --batch --passphrase {} -d x.gpg",
    "unzip -P {} data.zip",
    "7z x -p{} data.7z",
    "lftp -u lab,{} sftp://files.lab.org",
    "smbclient //nas.lab.org/data -U lab%{} -c ls",
    "ldapsearch -x -D cn=lab -w {} -b dc=lab",
    "sqlplus lab/{}@db.lab.org",
    "wget ftp://lab:{}@files.lab.org/a.bam",
]


def holds(content: str, value: str) -> bool:
    """Whether a secret is found whose place covers a value."""
    data, start = content.encode(), content.encode().index(value.encode())
    return any(secret.start <= start + len(value) - 1 and secret.end >= start + 1 for secret in secrets(data))


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: f"{token.what} {token.mark}")
def test_each_form_is_found_in_each_kind_of_file_and_redacted(token: Token) -> None:
    missed = []
    for name, line in LINES.items():
        value = value_of(token)
        text = f"# é\n{line.format(value)}\nreads = x\n"
        if not holds(text, value):
            missed.append((name, value))
        assert value not in redacted(text)
    assert len(missed) <= 1, missed  # a random value may hold the word of a placeholder


@pytest.mark.parametrize("file", ASSIGNED)
def test_each_name_of_a_secret_is_found_in_each_kind_of_file(file: str) -> None:
    missed = []
    for pair in sorted(TOKEN_PAIRS | PASSWORD_PAIRS) + [("lab", word) for word in sorted(TOKEN_WORDS | PASSWORD_WORDS)]:
        name = "-".join(pair) if file in ("header.sh", "option.sh") else "_".join(pair)
        value = drawn(32)
        text = ASSIGNED[file].format(name=name, value=value) + "\n"
        if not holds(text, value):
            missed.append(text)
        assert names_a_secret(name)
    assert len(missed) <= 2, missed  # one random value in thousands looks like words


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_with_a_password(command: str) -> None:
    for wrap in ("{}\n", "    {}  # get\n", "system({})\n", '"cmd": {},\n'):
        value = drawn(12)
        line = command.format(value * 2 if "Bearer" in command else value)
        text = wrap.format(json.dumps(line) if "(" in wrap or ":" in wrap else line)
        assert holds(text, value), text
        assert value not in redacted(text)


SYMBOLS = ["aT7!kq%Z", "x9#Lm@2&vR", "Qw3+rt=Yz^8", "hunter2"]


@pytest.mark.parametrize("value", SYMBOLS)
@pytest.mark.parametrize("file", ["nextflow.config", "run.py", "conf.yml", "site.env", "conf.json"])
def test_short_passwords_with_symbols(value: str, file: str) -> None:
    assert holds(ASSIGNED[file].format(name="db_password", value=value) + "\n", value)


def test_secrets_in_base64_and_in_pieces() -> None:
    token, password = "ghp_" + drawn(36), drawn(14)
    encoded = base64.b64encode(token.encode()).decode()
    assert holds(f"echo {encoded} | base64 -d > token\n", encoded)
    settings = base64.b64encode(f"user=lab\npassword={password}\n".encode()).decode()
    assert holds(f"CONFIG={settings}\n", settings)
    auth = base64.b64encode(f"lab:{password}".encode()).decode()
    assert holds(f'{{"auths": {{"registry.lab.org": {{"auth": "{auth}"}}}}}}\n', auth)
    assert holds(f"//registry.lab.org/:_auth={auth}\n", auth)
    for split in ('x = "{}" + "{}"\n', 'x = ("{}"\n     "{}")\n', "x = '{}' +\n    '{}'\n", "export X={}\\\n{}\n"):
        (secret,) = secrets(split.format(token[:20], token[20:]).encode())
        assert secret.what == "a GitHub token"
        shown = redacted(split.format(token[:20], token[20:]))
        assert token[:20] not in shown
        assert token[20:] not in shown


UUID = "3f2b8c1d-9a4e-4f6b-8d2c-7e1a5b9c0d3f"
NEAR_MISSES = [
    "token = 'xxxxxxxxxxxxxxxxxxxxxxxx'",
    "token: ${TOKEN}",
    "params.token = params.token",
    "--token $params.token",
    'password = "${db_password}"',
    "password: ~{password}",
    "PASSWORD=$1",
    "PASSWORD=$(cat /run/secrets/db1)",
    "password = getpass.getpass('Password 1: ')",
    "export TOKEN=`cat t1`",
    "password: string",
    'os.system(f"mysql -uroot -p{sqlpsw} {name} < 1.sql")',
    "https://datasetlab1.blob.core.windows.net/dataset/a/b.bam?sv=2020-04-08&si=prod&sr=c&sig=" + drawn(43) + "%3D",
    "String password",
    "password = 'changeme-1'",
    "password: <your-password-1>",
    'password = ""',
    "token = None",
    "password=password1",
    "token = args.token1",
    "api_key = os.environ['API_KEY_1']",
    "apiKey: process.env.API_KEY2",
    "token=line1.split(sep)[0]",
    "tokens = name.split('_1')",
    "--password PASSWORD",
    "--api-key API_KEY1",
    "secret 'NCBI_API_KEY_2'",
    "api_key: 'see https://lab.org/keys/v2'",
    "password: data/passwords/list1.txt",
    "private_key = '/home/lab/.ssh/id_ed25519'",
    "max_tokens = 4096",
    "pad_token = '<pad0>'",
    "credentialsId: 'lab-deploy-2'",
    "tokenizer = 'bert-base-v2'",
    f"sha256: {'9f' * 4}3b7c01e5ad26488d0c41e7f29b6a8d50c3e7b1f4a2d698",
    f"md5 = '{'3b7c01e5ad26488d0c41e7f29b6a8d50'}'",
    f"id: {UUID}",
    f"uuid = '{UUID}'",
    f"image: quay.io/lab/tool@sha256:{'3b7c01e5ad26488d' * 4}",
    "container 'quay.io/lab/tool:1.17--h00cdaf9_0'",
    "git checkout 3b7c01e5ad26488d0c41e7f29b6a8d50c3e7b1f4",
    "stripe_key = 'sk_" + "test_4eC39HqLyjWDarjtT1zdp7dc'",
    "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "curl -u lab:$PASSWORD https://x.lab.org",
    "curl -u ${USER}:${PASS} https://x.lab.org",
    "curl -u user:password https://x.lab.org",
    "curl -u lab https://x.lab.org",
    "sshpass -p $PASS ssh x",
    "sshpass -e ssh x",
    "mysql -p -u lab",
    "mysql -p${MYSQL_PASS1} -u lab",
    "docker run -p 8080:80 lab/tool",
    "docker login -u lab --password-stdin registry.lab.org",
    "mkdir -p results1",
    "unzip x.zip && wget -P /tmp/x1 https://lab.org/a",
    "samtools view -u in1.bam",
    "echo $PASS | sudo -S ls",
    "openssl enc -pass env:PASS1",
    "machine api.lab.org login lab password $PASS",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:lab-Key1-AbCdEf",
    "X-Amz-Credential=AKIAQ7RT2MXW9LK4ZP5V%2F20260101%2Fus-east-1%2Fs3%2Faws4_request",
    f"data = '{base64.b64encode(b'ACGTACGTACGTNNNN plain text of a test, nothing more').decode()}'",
    "image = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'",
    "hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "token = ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "postgres://lab:${PGPASS}@db.lab.org/x",
    "/// TTTTTTTTSKAAAAAAAAAA-us1",
    "if (token == 'abc123def456ghi7') {",
    "secretKeyRef: {name: db2, key: password1}",
    "key = 'S3BucketOfReferences2'",
    "sort_key: 'chr1_10000_20000_A_T'",
    "access_key_id = 'AKIAQ7RT2MXW9LK4ZP5V'",
]


@pytest.mark.parametrize("line", NEAR_MISSES)
def test_near_misses_are_silent(line: str) -> None:
    assert [(secret.what, line[secret.start : secret.end]) for secret in secrets(f"{line}\n".encode())] == []
    assert secrets(f"    {line}  # x\n".encode()) == []


def test_a_private_key_is_redacted_with_its_body() -> None:
    lines = [drawn(64), drawn(64), drawn(30)]
    text = "\n".join(["a", "-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----", "b", ""])
    assert redacted(text) == "a\n<redacted>\nb\n"
    assert redacted_lines(text) == "a\n<redacted>\n\n\n\n\nb\n"
    cut = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines])
    assert redacted(cut) == "<redacted>"


def test_no_command_prints_a_value(cli: Cli, files: Files) -> None:
    """Tokens under neutral names, passwords under their names, and passwords in a task's command."""
    values = {f"p{number}": value_of(token) for number, token in enumerate(TOKENS)}
    passwords = {
        f"x{number}_{'_'.join(pair)}": drawn(12) for number, pair in enumerate(sorted(PASSWORD_PAIRS | TOKEN_PAIRS))
    }
    hidden = [drawn(12) for _ in COMMANDS]
    inputs = "\n".join(f'    String {name} = "{value}"' for name, value in {**values, **passwords}.items())
    commands = "\n".join(
        "    " + line.format(value * 2 if "Bearer" in line else value)
        for line, value in zip(COMMANDS, hidden, strict=True)
    )
    task = f'task t {{\n  command <<<\n{commands}\n  >>>\n  runtime {{ container: "ubuntu:latest" }}\n}}\n'
    main = f"version 1.1\nworkflow w {{\n  input {{\n{inputs}\n  }}\n  call t\n}}\n{task}"
    folder = files({"main.wdl": main})
    for command in (
        "inspect", "inspect --format json", "inputs", "inputs --all", "inputs --schema", "template", "images",
        "images --format json", "package --list",
        "lint", "lint --format json", "lint --format sarif", "lint --format junit", "lint --format github",
        "submit --dry-run --region us-east-1", "submit --dry-run --region us-east-1 --format json",
    ):  # fmt: skip
        name, *options = command.split()
        result = cli(name, folder / "main.wdl", *options)
        shown = result.out + result.err
        assert shown
        assert [value for value in (*values.values(), *passwords.values(), *hidden) if value in shown] == [], command


def test_a_diff_of_files_masks_a_key_and_still_reports_the_change() -> None:
    def key() -> str:
        return f"-----BEGIN PRIVATE KEY-----\n{drawn(64)}\n{drawn(64)}\n-----END PRIVATE KEY-----\n"

    before, after = f"a\n{key()}b\n", f"a\n{key()}c\n"
    shown = "\n".join(patch("key.pem", before.encode(), after.encode()).lines)
    assert "-b" in shown
    assert "+c" in shown
    assert not any(line in shown for line in (before + after).splitlines() if len(line) == 64)
    only = patch("key.pem", f"a\n{key()}".encode(), f"a\n{key()}".encode())
    assert (only.lines, only.note) == ((), "only the values of secrets differ")


@pytest.mark.parametrize(
    "command",
    ["inspect", "inspect --format json", "inputs --schema", "template", "submit --dry-run --region us-east-1"],
)
def test_a_description_that_repeats_a_secret_default(command: str, cli: Cli, files: Files) -> None:
    value = drawn(14)
    schema = {"properties": {"db_password": {"type": "string", "default": value, "description": f"by default {value}"}}}
    folder = files(
        {
            "nextflow.config": f"params.db_password = '{value}'\n",
            "nextflow_schema.json": json.dumps(schema),
            "main.nf": "process T {\n  container 'ubuntu:24.04'\n  script:\n  'date'\n}\nworkflow { T() }\n",
        }
    )
    name, *options = command.split()
    result = cli(name, folder / "main.nf", *options)
    assert "by default <redacted>" in result.out.replace("\\u003c", "<").replace("\\u003e", ">")
    assert value not in result.out + result.err
