"""`packager mcp`: what an agent gets, by the official client over stdio and HTTP."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, WORKFLOWS, Cli, process
from examples import CORRECT
from jsonschema import Draft202012Validator
from mcp_support import Agent, Called, OverHttp, agent, over_http, over_stdio

from packager.emulator import EmulatorOptions, serve

BROKEN = "version 1.0\nworkflow w {\n  input { String x\n  output { String y = x }\n}\n"
SECRET = "ghp_" + "q7Rt2mXw9Lk4Zp8Vb3Nc6Hd1Js5Gf0TyUiOp"  # not a real token
TOKEN = "token-of-the-tests-0123456789"
JUDGES = {"lint", "check_inputs", "package", "submit"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the root of a client, `project`, in a repository, and with what is next to it."""
    folder = tmp_path_factory.mktemp("mcp")
    (folder / ".git").mkdir()
    files = {
        "project/good/main.wdl": CORRECT["main.wdl"],
        "project/broken/main.wdl": BROKEN,
        "project/climbing/main.wdl": 'version 1.1\nimport "../../outside/lib.wdl" as lib\nworkflow w {}\n',
        "project/many/main.nf": "workflow {\n" + "".join(f"    println unknown_{n}\n" for n in range(300)) + "}\n",
        "project/many/nextflow.config": "manifest.nextflowVersion = '!>=26.04.0'\n",
        "project/hostile/main.wdl": CORRECT["main.wdl"].replace("version 1", f"# key = {SECRET}\nversion 1", 1),
        "project/notes.txt": "nothing\n",
        "outside/lib.wdl": "version 1.1\ntask hidden_name { command {} }\n",
        "outside/main.wdl": CORRECT["main.wdl"],
        "outside/map.json": "{}",
        "packager.toml": '[lint]\nfail-on = "info"\nignore = ["WDL"]\n',
        "other/main.wdl": CORRECT["main.wdl"],
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "project" / "link.wdl").symlink_to(folder / "outside" / "main.wdl")
    (folder / "project" / "linked").symlink_to(folder / "outside")
    return folder


@pytest.fixture(scope="module")
def here(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """A client of before 2026 with one root, whose server was started elsewhere."""
    home = tmp_path_factory.mktemp("home")
    with agent(over_stdio(folder / "other", home), "legacy", [folder / "project"]) as connected:
        yield connected


@pytest.fixture(scope="module")
def service(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A server over HTTP that may submit to an emulator: its URL and its process."""
    home = tmp_path_factory.mktemp("home-http")
    with serve(home / "state.sqlite", EmulatorOptions(delay=0.05)) as emulator:
        target = f'[target.emulator]\nendpoint-url = "{emulator.endpoint_url}"\nregion = "us-east-1"\n'
        (folder / "project" / "packager.toml").write_text(target)
        variables = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PACKAGER_MCP_TOKEN": TOKEN,
        }
        with over_http(folder / "project", home, "--allow-submit", **variables) as (url, process):
            yield url, process.pid


def test_the_tools_are_described(here: Agent) -> None:
    tools = here.described()
    assert list(tools) == [
        "list", "lint", "explain", "inspect", "template", "check_inputs", "images", "package", "submit"
    ]  # fmt: skip
    for name, tool in tools.items():
        assert tool.title
        assert tool.description
        assert len(tool.description) < 400
        assert tool.annotations
        assert tool.annotations.read_only_hint is (name != "package")
        assert tool.annotations.open_world_hint is False
        assert tool.output_schema
        for schema in (tool.input_schema, tool.output_schema):
            Draft202012Validator.check_schema(schema)
        assert tool.output_schema["required"] == (["verdict"] if name in JUDGES else [])


def test_a_correct_workflow_passes(here: Agent) -> None:
    called = here.call("lint", path="good")
    assert (called.verdict, called.is_error) == ("pass", False)
    assert called.text.startswith('{"verdict": "pass", "counts": {"error": 0')
    assert called.value["next"] == "packager package good"
    assert here.call("lint", path="good").value == called.value


def test_a_broken_workflow_fails_and_is_no_error_of_the_protocol(here: Agent) -> None:
    called = here.call("lint", path="broken/main.wdl")
    assert (called.verdict, called.is_error) == ("fail", False)
    first = called.value["firstError"]
    assert (first["code"], first["path"], first["line"]) == ("WDL001", "broken/main.wdl", 4)
    assert called.value["findings"][0] == first
    assert called.value["next"] == "packager rules WDL001"


@pytest.mark.parametrize("name", ["wdl-problems", "nextflow-problems", "mixed"])
def test_the_findings_are_those_of_the_command_line(
    name: str, here: Agent, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder / "project" / name
    texts = {
        path.relative_to(WORKFLOWS / name).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((WORKFLOWS / name).rglob("*"))
        if path.is_file()
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    monkeypatch.chdir(WORKFLOWS)
    expected = cli("lint", name, "--format", "json", "--region", "us-east-1")
    called = here.call("lint", path=name, region="us-east-1", limit=500)
    assert sorted(called.codes) == sorted(expected.codes)
    assert called.verdict == ("fail" if expected.code else "pass")
    assert called.value["counts"] == expected.json["summary"]
    alone = here.call("lint", files=texts, region="us-east-1", limit=500)
    assert [code for code in alone.codes if not code.startswith("ZIP")] == [
        code for code in called.codes if not code.startswith("ZIP")
    ]


def test_what_was_not_judged_completely_does_not_pass(here: Agent) -> None:
    deep = "version 1.1\nworkflow w {\n" + "if (true) {\n" * 300 + "}\n" * 301
    called = here.call("lint", files={"main.wdl": deep})
    assert (called.verdict, called.is_error) == ("incomplete", False)
    assert called.value["counts"]["error"] == 0
    assert any("WDL001" in entry["codes"] for entry in called.value["notChecked"])


def test_hundreds_of_findings_are_capped(here: Agent) -> None:
    called = here.call("lint", path="many")
    assert called.verdict == "fail"
    assert len(called.value["findings"]) == 50
    assert called.value["more"] >= 250
    assert called.value["byCode"]["NXF003"] == 300
    assert {finding["code"] for finding in called.value["findings"]} == {"NXF003"}, "the worst first"
    assert sum(called.value["counts"].values()) == 50 + called.value["more"]
    assert len(here.call("lint", path="many", limit=3).value["findings"]) == 3


def test_texts_are_changes_of_files_or_a_workflow_of_their_own(here: Agent, folder: Path) -> None:
    changed = here.call("lint", path="good", files={"good/main.wdl": BROKEN})
    assert (changed.verdict, changed.value["firstError"]["path"]) == ("fail", "good/main.wdl")
    assert "next" not in changed.value
    assert here.call("lint", path="good").verdict == "pass"
    repaired = here.call("lint", path="broken", files={"broken/main.wdl": CORRECT["main.wdl"]})
    assert repaired.verdict == "pass"
    alone = here.call("inspect", files={"flow/main.wdl": CORRECT["main.wdl"]})
    assert (alone.value["main"], alone.value["complete"]) == ("flow/main.wdl", True)
    assert not (folder / "project" / "flow").exists()


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("lint", {"path": "missing"}, "no such file or directory: `missing`"),
        ("lint", {"path": "notes.txt"}, "`notes.txt` is not a known workflow definition"),
        ("lint", {"pth": "good"}, "unknown argument `pth`"),
        ("lint", {"path": 3}, "`path`: expected a string"),
        ("lint", {"path": "good", "limit": 0}, "`limit`: expected an integer from 1 to 500"),
        ("lint", {"path": "good", "engine": "SNAKEMAKE"}, "`engine`: expected one of"),
        ("lint", {"path": "good", "select": ["XYZ"]}, "no code starts with `XYZ`"),
        ("lint", {"path": "good", "region": "us-esat-1"}, "`us-esat-1`"),
        ("explain", {}, "the argument `code` is missing"),
        ("explain", {"code": "WDL999"}, "unknown code `WDL999`"),
        ("inspect", {"files": {}}, "found"),
        ("template", {"path": "broken"}, "the inputs of `main.wdl` are unknown"),
        ("check_inputs", {"path": "good", "values": {}, "file": "x"}, "`values` and `file`"),
        ("package", {"path": "good", "output": "good/main.wdl"}, "`output`: expected the name of a zip"),
    ],
)
def test_what_cannot_be_judged_is_an_error_with_its_reason(
    tool: str, arguments: dict[str, Any], message: str, here: Agent
) -> None:
    called = here.call(tool, **arguments)
    assert called.is_error
    assert message in called.message
    assert message in json.loads(called.text)["error"]["message"]
    assert called.value.get("verdict") == ("incomplete" if tool in JUDGES else None)


# The roots.


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("lint", {"path": "../outside/main.wdl"}),
        ("lint", {"path": "{folder}/outside/main.wdl"}),
        ("lint", {"path": "/etc/passwd"}),
        ("lint", {"path": "link.wdl"}),
        ("inspect", {"path": "linked"}),
        ("inspect", {"path": "linked/main.wdl"}),
        ("list", {"path": ".."}),
        ("lint", {"path": "good", "container_registry_map": "../outside/map.json"}),
        ("lint", {"path": "good", "parameter_template": "linked/map.json"}),
        ("lint", {"path": "good", "run_parameters": "../outside/map.json"}),
        ("template", {"path": "good", "file": "../outside/map.json"}),
        ("check_inputs", {"path": "good", "file": "../outside/map.json"}),
        ("lint", {"path": "good", "files": {"../outside/main.wdl": ""}}),
        ("lint", {"files": {"../main.wdl": CORRECT["main.wdl"]}}),
        ("package", {"path": "good", "output": "../outside/new.zip"}),
        ("package", {"path": "good", "output": "linked/new.zip"}),
        ("submit", {"path": "good", "request": {"readmeMarkdown": "file:///etc/passwd"}}),
    ],
)
def test_nothing_outside_of_the_roots_is_used(tool: str, arguments: dict[str, Any], here: Agent, folder: Path) -> None:
    filled = json.loads(json.dumps(arguments).replace("{folder}", str(folder)))
    called = here.call(tool, **filled)
    assert called.is_error, called.text
    assert "root" in called.text or "inside" in called.text or "cannot be a file" in called.text
    assert not (folder / "outside" / "new.zip").exists()


def test_imports_and_settings_above_the_root_are_not_read(here: Agent) -> None:
    called = here.call("lint", path="climbing")
    assert called.verdict == "fail"
    assert called.codes[0] == "WDL054"
    inspected = here.call("inspect", path="climbing")
    assert "hidden_name" not in inspected.text
    # The settings above the root would make this pass.
    assert here.call("lint", path="broken").codes == ["WDL001"]


def test_a_root_of_the_command_line_is_the_limit(folder: Path, tmp_path: Path) -> None:
    from packager.errors import PackagerError
    from packager.mcp.roots import limits_of

    project = folder / "project"
    fixed = limits_of([str(project)], fixed=False)
    assert fixed.within(None) == (str(project),)
    assert fixed.within([(project / "good").as_uri()]) == (str(project / "good"),)
    assert fixed.within([folder.as_uri()]) == (str(project),)
    for uris in (
        [tmp_path.as_uri()],
        [(project / "linked").as_uri()],
        ["https://example.org/x"],
        ["file://host/x"],
        [],
    ):
        with pytest.raises(PackagerError, match="none of the client's roots"):
            fixed.within(uris)
    free = limits_of([], fixed=False)
    assert free.within([tmp_path.as_uri(), (tmp_path / "missing").as_uri()]) == (str(tmp_path),)
    with pytest.raises(PackagerError, match="not a folder"):
        limits_of([str(project / "notes.txt")], fixed=False)


# The other tools.


def test_a_repository_is_listed_and_a_code_explained(here: Agent) -> None:
    listed = here.call("list")
    assert {"name": "good", "kind": "workflow", "engine": "WDL", "main": "good/main.wdl"} in listed.value["workflows"]
    explained = here.call("explain", code="wdl-invalid")
    assert (explained.value["code"], explained.value["severity"]) == ("WDL001", "error")
    family = here.call("explain", code="img")
    assert all(code["code"].startswith("IMG") for code in family.value["codes"])


def test_all_workflows_of_a_folder_are_judged_together(here: Agent) -> None:
    called = here.call("lint", files={"a/one.wdl": CORRECT["main.wdl"], "b/two.wdl": BROKEN})
    assert called.verdict == "fail"
    assert [(each["main"], each["verdict"]) for each in called.value["workflows"]] == [
        ("b/two.wdl", "fail"),
        ("a/one.wdl", "pass"),
    ]
    assert here.call("inspect", files={"a/one.wdl": CORRECT["main.wdl"], "b/two.wdl": BROKEN}).is_error


def test_facts_are_returned_without_a_verdict(here: Agent, folder: Path) -> None:
    inspected = here.call("inspect", path="good")
    assert (inspected.value["engine"], inspected.value["complete"]) == ("WDL", True)
    assert "verdict" not in inspected.value
    template = here.call("template", path="good").value["template"]
    assert list(template) == [parameter["name"] for parameter in inspected.value["parameters"]]
    (folder / "project" / "old.json").write_text('{"gone": {"description": "x"}}')
    compared = here.call("template", path="good", file="old.json")
    assert compared.value["upToDate"] is False
    assert compared.value["differences"]
    assert compared.value["next"] == "packager template good --update old.json"
    images = here.call("images", path="good")
    assert images.value["unmapped"] == 0
    assert images.value["images"][0]["tasks"]
    unread = here.call("inspect", path="broken")
    assert unread.value["complete"] is False
    assert unread.value["problems"][0]["code"] == "WDL001"


def test_run_parameters_are_checked(here: Agent) -> None:
    skeleton = here.call("check_inputs", path="good")
    assert skeleton.verdict == "incomplete"
    unfilled = here.call("check_inputs", path="good", values=skeleton.value["skeleton"])
    assert unfilled.verdict in ("fail", "pass")
    wrong = here.call("check_inputs", path="good", values={"nothing": 1})
    assert wrong.verdict == "fail"
    assert {finding["path"] for finding in wrong.value["findings"]} == {"values"}
    request = {"workflowId": "1234567", "roleArn": "x", "outputUri": "s3://bucket/out", "parameters": {"nothing": 1}}
    started = here.call("check_inputs", path="good", values=request)
    assert started.verdict == "fail"
    assert "TPL011" in started.codes


def test_a_package_is_written_unless_the_workflow_fails(here: Agent, folder: Path) -> None:
    refused = here.call("package", path="broken", output="broken.zip")
    assert refused.verdict == "fail"
    assert not (folder / "project" / "broken.zip").exists()
    written = here.call("package", path="good", output="good.zip")
    assert written.verdict == "pass"
    assert (folder / "project" / "good.zip").stat().st_size == written.value["size"]
    assert here.call("lint", path="good.zip").value["next"] == "packager submit good.zip --local"
    for name in ("good.zip", "good.zip.json"):
        (folder / "project" / name).unlink()


def test_secrets_and_control_characters_are_not_in_answers(here: Agent) -> None:
    called = [here.call(tool, path="hostile") for tool in ("lint", "inspect", "template", "images")]
    assert not any(SECRET in each.text for each in called)
    assert any(code.startswith("SEC") for code in called[0].codes)
    strange = {"main.wdl": CORRECT["main.wdl"], "odd\x1b]8;;\u202ename.wdl": BROKEN}
    texts = [here.call(tool, files=strange, main="odd\x1b]8;;\u202ename.wdl").text for tool in ("lint", "inspect")]
    assert not any(char in text for char in "\x1b\u202e" for text in texts)
    assert not any("\\u001b" in text.lower() for text in texts)


def test_nothing_is_sent_without_the_option(here: Agent) -> None:
    tool = here.described()["submit"]
    assert "dry_run" not in tool.input_schema["properties"]
    prepared = here.call("submit", path="good", region="us-east-1", request={"tags": {"team": "x"}})
    assert (prepared.verdict, prepared.value["sent"]) == ("pass", False)
    assert prepared.value["operation"] == "CreateWorkflow"
    assert prepared.value["request"]["name"] == "good"
    assert prepared.value["request"]["tags"] == {"team": "x"}
    assert here.call("submit", path="good", dry_run=False).message == "unknown argument `dry_run`"
    assert here.call("submit", path="broken", region="us-east-1").verdict == "fail"
    assert "cannot have" in here.call("submit", path="good", request={"definitionZip": "x"}).message


# Calls that overlap or end early, and the protocol.


def test_calls_can_overlap(here: Agent) -> None:
    async def both() -> list[Any]:
        calls = [here.client.call_tool("lint", {"path": name}) for name in ("good", "broken", "good")]
        return list(await asyncio.gather(*calls))

    results: list[Called] = [here.answer("lint", result) for result in here.loop.run(both())]
    assert [called.verdict for called in results] == ["pass", "fail", "pass"]


def children(process: int) -> set[str]:
    listed = Path(f"/proc/{process}/task").glob("*/children")
    return {child for file in listed for child in file.read_text().split()}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the processes of Linux")
def test_a_cancelled_call_ends_its_process(service: tuple[str, int]) -> None:
    url, process = service
    large = (
        "version 1.1\n" + "".join(f"task t{n} {{ command <<< echo >>> }}\n" for n in range(20_000)) + "workflow w {}\n"
    )
    with agent(OverHttp(url, TOKEN), "auto") as connected:
        assert connected.call("lint", path="good").verdict == "pass"
        before = children(process)

        async def cancelled() -> None:
            call = asyncio.create_task(connected.client.call_tool("lint", {"files": {"main.wdl": large}}))
            await asyncio.sleep(0.3)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)

        connected.loop.run(cancelled())
        assert connected.call("lint", path="good").verdict == "pass"
        assert children(process) != before


def test_the_newest_protocol_over_http_with_submission(service: tuple[str, int], folder: Path) -> None:
    url, _ = service
    with agent(OverHttp(url, TOKEN), "auto", [folder / "project" / "good", folder / "other"]) as connected:
        assert connected.client.protocol_version == "2026-07-28"
        tool = connected.described()["submit"]
        assert tool.annotations
        assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (False, True)
        root = connected.call("lint", path="main.wdl")
        assert root.verdict == "pass"
        assert connected.call("lint", path="../broken").is_error
        assert connected.call("lint", path=str(folder / "other")).is_error, "beyond the folder of the server"
    with agent(OverHttp(url, TOKEN), "legacy", [folder / "project" / "broken"]) as connected:
        assert connected.client.protocol_version == "2025-11-25"
        assert connected.call("lint", path="main.wdl").verdict == "fail"
    with agent(OverHttp(url, TOKEN), "legacy") as connected:
        prepared = connected.call("submit", path="good", target="emulator")
        assert (prepared.verdict, prepared.value["sent"]) == ("pass", False)
        submitted = connected.call("submit", path="good", target="emulator", dry_run=False)
        assert (submitted.verdict, submitted.value["status"]) == ("pass", "ACTIVE"), submitted.text
        assert submitted.value["sent"] is True
        again = connected.call("submit", path="good", target="emulator", dry_run=False)
        assert again.value["workflowId"] == submitted.value["workflowId"]
        assert again.value["action"] == "reused"


def post(url: str, body: object, **headers: str) -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    standard = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {TOKEN}",
    }
    for name, value in {**standard, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def initialize(version: str) -> dict[str, Any]:
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}


def test_the_oldest_protocol_still_works(service: tuple[str, int]) -> None:
    url, _ = service
    status, headers, text = post(url, initialize("2024-11-05"))
    assert status == 200
    assert '"protocolVersion":"2024-11-05"' in text.replace(": ", ":")
    session = {"Mcp_Session_Id": next(value for name, value in headers.items() if name.lower() == "mcp-session-id")}
    post(url, {"jsonrpc": "2.0", "method": "notifications/initialized"}, **session)
    params = {"name": "lint", "arguments": {"path": "broken"}}
    _, _, text = post(url, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}, **session)
    result = json.loads(text[text.index("{") :])["result"]
    assert json.loads(result["content"][0]["text"])["verdict"] == "fail"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "attacker.example:80"}, 421),
        ({"Origin": "http://attacker.example"}, 403),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": ""}, 401),
    ],
)
def test_requests_from_elsewhere_are_refused(headers: dict[str, str], status: int, service: tuple[str, int]) -> None:
    assert post(service[0], initialize("2025-11-25"), **headers)[0] == status


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_an_interruption_ends_the_server(here: Agent, tmp_path: Path) -> None:
    del here  # the packages are compiled by now
    with process("mcp", "--root", str(tmp_path)) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(json.dumps(initialize("2025-11-25")) + "\n")
        started.stdin.flush()
        assert "serverInfo" in started.stdout.readline()
        started.send_signal(signal.SIGTERM)
        assert started.wait(60) == 130


# Without the server.


def test_the_extra_is_named_if_it_is_missing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    done = cli("mcp")
    assert done.code == 2
    assert "needs the extra `mcp`" in done.err
    assert "pip install 'omics-packager[mcp]'" in done.err


@pytest.mark.parametrize(
    ("arguments", "token", "message"),
    [
        (["--http", "0", "--allow-submit"], "", "needs a token"),
        (["--http", "0"], "short", "too short"),
        (["--root", "missing"], "", "the root `missing` is not a folder"),
    ],
)
def test_what_the_server_is_not_started_with(
    arguments: list[str], token: str, message: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACKAGER_MCP_TOKEN", token)
    done = cli("mcp", *arguments)
    assert done.code == 2
    assert message in done.err


def test_only_the_server_imports_the_sdk() -> None:
    importing = {
        path.name
        for path in (ROOT / "packager").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.split(" ")[0] in ("import", "from")
        and line.split(" ")[1].split(".")[0] in ("mcp", "uvicorn", "starlette")
    }
    assert importing == {"server.py", "transports.py"}
