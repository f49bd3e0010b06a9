"""What all tests share: an environment without the developer's own, and the real command line."""

from __future__ import annotations

import gc
import io
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import CodeType
from typing import Any

import boto3
import https_support
import hypothesis
import pytest
from botocore import hooks
from botocore.config import Config
from botocore.hooks import EventAliaser
from botocore.loaders import Loader
from https_support import Web
from samples import Thoroughness

from packager.app import load
from packager.cli import main
from packager.emulator import EmulatorOptions, RunningEmulator, serve
from packager.interpreter import collect_garbage_rarely

# A slow machine is not a failure: the first run in a new checkout has to build tables of characters.
for _name, _most in (("suite", 20), ("full", 100)):
    hypothesis.settings.register_profile(
        _name, max_examples=_most, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
hypothesis.settings.load_profile("suite")

DAY = date(2026, 11, 26)  # on which all tests run: some findings depend on the day
ROOT = Path(__file__).parent.parent
WORKFLOWS = ROOT / "fixtures" / "workflows"


@dataclass(frozen=True)
class Result:
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def codes(self) -> list[str]:
        """The codes of the findings, in order."""
        return [found["code"] for found in self.json["diagnostics"]]


Cli = Callable[..., Result]


def bare_environment(**variables: str) -> dict[str, str]:
    """An environment with these variables, and with those without which no program starts."""
    needed = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**needed, **variables}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless",
        action="store_true",
        help="update the expected output instead of comparing with it; read the difference before you commit it",
    )


def pytest_configure(config: pytest.Config) -> None:
    """`make faults` tries all random examples."""
    Thoroughness.is_full = str(config.option.markexpr).startswith("faults")
    if Thoroughness.is_full:
        hypothesis.settings.load_profile("full")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`--bless` runs only the tests that have something to update."""
    if config.getoption("--bless"):
        others = [item for item in items if "golden" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if "golden" in getattr(item, "fixturenames", ())]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Search for no cycles while modules and items are made, which all stay: half of the time that each process needs for that."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        collect_garbage_rarely()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Iterator[None]:
    """What is the same for all tests. These are hooks, as a fixture of every test costs a tenth of a millisecond for each."""
    global _homes  # noqa: PLW0603 - hooks have no state of their own
    with (
        tempfile.TemporaryDirectory(prefix="packager-tests-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        _homes = (f"{os.path.realpath(folder)}/{number}" for number in itertools.count())
        _prepare_botocore_once(patch)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("PACKAGER_AS_OF", DAY.isoformat())
        patch.setattr(load, "today", lambda: DAY)
        for name in filter(_is_of_the_developer, list(os.environ)):
            patch.delenv(name)
        return (yield)


def _prepare_botocore_once(patch: pytest.MonkeyPatch) -> None:
    """Let sessions of boto3 share what each finds out again: the models of services, the names of events, and what handlers accept.

    That was half of the time of the tests that use it.
    """
    models: dict[tuple[str, ...], dict[Any, Any]] = {}
    names: dict[str, str] = {}
    answers: dict[CodeType, Any] = {}
    construct_loader, construct_aliaser, ask = Loader.__init__, EventAliaser.__init__, hooks.accepts_kwargs

    def share_models(self: Any, *arguments: Any, **options: Any) -> None:
        construct_loader(self, *arguments, **options)
        self._cache = models.setdefault(tuple(self.search_paths), {})

    def share_names(self: Any, *arguments: Any, **options: Any) -> None:
        construct_aliaser(self, *arguments, **options)
        self._alias_name_cache = names

    def accepts_kwargs(handler: Any) -> Any:
        code = getattr(handler, "__code__", None)
        if code is None:
            return ask(handler)
        if code not in answers:
            answers[code] = ask(handler)
        return answers[code]

    patch.setattr(Loader, "__init__", share_models)
    patch.setattr(EventAliaser, "__init__", share_names)
    patch.setattr(hooks, "accepts_kwargs", accepts_kwargs)


_PLACES = {
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_CONFIG_HOME": "config",
    "AWS_CONFIG_FILE": "aws-config",
    "AWS_SHARED_CREDENTIALS_FILE": "aws-credentials",
}
if sys.platform == "win32":  # which has the folder of caches in no variable
    _PLACES["PACKAGER_CACHE_DIR"] = "cache"
_OF_THE_TESTS = ("AWS_EC2_METADATA_DISABLED", "PACKAGER_AS_OF", *_PLACES)


def _is_of_the_developer(name: str) -> bool:
    """Whether a variable is a setting of whoever runs the tests: of AWS, of packager, or about colours."""
    of_programs = name.startswith(("AWS_", "PACKAGER_")) and name not in _OF_THE_TESTS
    return of_programs or name in ("NO_COLOR", "FORCE_COLOR", "CI")


_homes: Iterator[str] = iter(())
_modules: list[object] = []
_folders: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No AWS settings, colours or caches of the developer, nor of another test; and the garbage of some modules."""
    for name in filter(_is_of_the_developer, list(os.environ)):
        del os.environ[name]
    home = next(_homes)
    os.environ |= {name: f"{home}-{kind}" for name, kind in _PLACES.items()}
    module = getattr(item, "module", None)
    if _modules[-1:] != [module]:
        _modules.append(module)
        if len(_modules) % 8 == 0:  # the tables of libraries and what is kept have a million objects
            gc.collect()
            gc.freeze()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new folder, as pytest's own but without a link to it, which takes five times as long as the folder."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    number = _folders[name] = _folders[name] + 1
    path = tmp_path_factory.getbasetemp() / f"{name}{number}"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def cli() -> Cli:
    """Run a command line in this process."""

    def run(*arguments: str | Path) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Result(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[dict[str, str | bytes]], Path]:
    """Write files into a folder of their own, which becomes the current folder (paths in findings are relative to it), unless the test
    has chosen another one with `in_folder`.
    """

    def write(contents: dict[str, str | bytes]) -> Path:
        folder = tmp_path / "source"
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        folder.mkdir(exist_ok=True)
        if "in_folder" not in request.fixturenames:
            monkeypatch.chdir(folder)
        return folder

    return write


Golden = Callable[[Path, str], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with a file that a person has read; `make bless` updates the file instead."""
    bless = bool(request.config.getoption("--bless"))

    def compare(path: Path, text: str) -> None:
        if bless:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        name = path.relative_to(ROOT).as_posix()
        assert text == expected, (
            f"{name} is out of date: run `make bless`, then read the difference before you commit it"
        )

    return compare


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder of one's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEmulator]:
    """An emulator of HealthOmics, and credentials for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with serve(tmp_path / "state.sqlite", EmulatorOptions(delay=0.05)) as running:
        yield running


@pytest.fixture
def submit(cli: Cli, emulator: RunningEmulator) -> Callable[..., Result]:
    """`packager submit` to the emulator."""

    def run(*arguments: str | Path) -> Result:
        return cli("submit", *arguments, "--endpoint-url", emulator.endpoint_url, "--format", "json")

    return run


@pytest.fixture
def client(emulator: RunningEmulator) -> Iterator[Any]:
    """A client of boto3 of the emulator."""
    made = boto3.client("omics", endpoint_url=emulator.endpoint_url, config=Config(inject_host_prefix=False))
    yield made
    made.close()


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Where moto's server answers for S3, STS and others of AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def _web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    web, server = https_support.start(tmp_path_factory.mktemp("tls"))
    yield web
    server.shutdown()
    server.server_close()


@pytest.fixture
def web(_web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """GitHub and other hosts as a test makes them; `web.ca_file` is their certificate authority."""
    for kept in (_web.answers, _web.asked, _web.addresses):
        kept.clear()
    _web.route(monkeypatch)
    return _web


PYTHON = sys.executable
# Whoever runs the tests in the background has ^C ignored, which a child would inherit.
INTERRUPTIBLE = (
    "import signal, sys\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from packager.cli import main\n"
    "sys.exit(main())\n"
)


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command line in a process of its own that ^C can interrupt; gone when the block ends."""
    with subprocess.Popen(
        [PYTHON, "-c", INTERRUPTIBLE, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()
