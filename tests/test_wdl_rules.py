"""Rules about WDL: what they must find, where to the character, and what they must leave alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import Cli

from packager.findings.diagnostic import Place
from packager.model.facts import Attribute
from packager.rules.resources.profiles import parse

IMAGE = 'docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"'
RESOURCES = 'cpu: 2\n    memory: "4 GiB"'


def task(
    runtime: str = RESOURCES,
    *,
    inputs: str = "",
    outputs: str = 'File out = "out.txt"',
    name: str = "work",
    body: str = "",
) -> str:
    return f"""
task {name} {{
  input {{
    {inputs}
  }}
  {body}
  command <<<
    touch out.txt
  >>>
  output {{
    {outputs}
  }}
  runtime {{
    {IMAGE}
    {runtime}
  }}
}}
"""


def workflow(body: str = "call work", *, inputs: str = "", outputs: str | None = "File out = work.out") -> str:
    section = "" if outputs is None else f"\n  output {{\n    {outputs}\n  }}"
    return f"version 1.1\nworkflow main {{\n  input {{\n    {inputs}\n  }}\n  {body}{section}\n}}\n"


class Lint:
    """Lints one document, and tells what was found of some codes."""

    def __init__(self, cli: Cli, folder: Path) -> None:
        self._cli = cli
        self._folder = self.folder = folder
        self.text = ""

    def __call__(
        self, text: str, *codes: str, options: tuple[str, ...] = (), beside: dict[str, str] | None = None
    ) -> Any:
        self.text = text
        (self._folder / "main.wdl").write_text(text)
        for name, content in (beside or {}).items():
            (self._folder / name).write_text(content)
        done = self._cli("lint", self._folder / "main.wdl", *options, "--no-cache", "--format", "json")
        assert done.code in (0, 1), done.err
        return [one for one in done.json["diagnostics"] if one["code"].startswith(codes)]

    def cut(self, found: dict[str, Any]) -> str:
        """The source that a finding is about."""
        lines: list[str] = Path(str(found["path"])).read_text().splitlines()
        first, last = found["line"] - 1, found["endLine"] - 1
        if first == last:
            return str(lines[first][found["column"] - 1 : found["endColumn"] - 1])
        inner = lines[first + 1 : last]
        return "\n".join([lines[first][found["column"] - 1 :], *inner, lines[last][: found["endColumn"] - 1]])


@pytest.fixture
def lint(cli: Cli, tmp_path: Path) -> Lint:
    return Lint(cli, tmp_path)


# --- lists of resource profiles

GPU = '{"acceleratorType": "nvidia-l4", "acceleratorCount": 1, "cpu": 8, "memory": "32 GiB"}'
CPU = '{"cpu": 32, "memory": "128 GiB"}'


def fallback(*profiles: str, more: str = "") -> str:
    return workflow() + task(f"omicsResourceFallbackOrder: [{', '.join(profiles)}]\n    {more}")


RESOURCE_CODES = tuple(f"RES0{number:02}" for number in range(30))


@pytest.mark.parametrize(
    "profiles",
    [
        (GPU, CPU),
        (GPU,),
        (CPU,),
        ('{"acceleratorType": "nvidia-l40s", "acceleratorCount": 4, "omicsResourceWaitTimeoutInMin": 30}', GPU, CPU),
        ('{"acceleratorType": "nvidia-l40s", "acceleratorCount": 1, "omicsResourceWaitTimeoutInMin": 20}', CPU),
        ('{"cpu": 0.5}',),
        ('{"cpu": 192, "memory": "1536 GiB"}',),
        ("{'cpu': 8, # as many as it uses\n 'memory': '16 GB'}",),
    ],
)
def test_lists_of_profiles_as_the_guide_writes_them(profiles: tuple[str, ...], lint: Lint) -> None:
    found = lint(fallback(*profiles), "RES", "WDL", options=("--region", "us-east-1"))
    assert found == []


def test_a_list_with_values_that_only_running_tells(lint: Lint) -> None:
    text = workflow() + task(
        'omicsResourceFallbackOrder: [{"acceleratorType": kind, "acceleratorCount": n + 1, "memory": "~{n} GiB"}, '
        '{"cpu": if n > 1 then n else 2, "memory": "~{n + 1} GiB"}]',
        inputs='String kind = "nvidia-l4"\n    Int n = 3',
    )
    assert lint(text, "RES") == []


def test_a_list_that_is_a_name(lint: Lint) -> None:
    text = workflow() + task(
        "omicsResourceFallbackOrder: profiles", inputs='Array[Map[String, String]] profiles = [{"cpu": "2"}]'
    )
    assert lint(text, "RES") == []


@pytest.mark.parametrize(
    ("profiles", "code", "cut", "says"),
    [
        (('{"acceleratorType": "nvidia-l4"}',), "RES014", '"nvidia-l4"', "no count"),
        (('{"acceleratorCount": 2}',), "RES014", "2", "no type"),
        (('{"acceleratorType": "a100", "acceleratorCount": 1}',), "RES014", '"a100"', "unknown accelerator `a100`"),
        (('{"acceleratorType": "", "acceleratorCount": 1}',), "RES014", '""', "unknown accelerator ``"),
        (('{"acceleratorType": "nvidia-l4", "acceleratorCount": 8}',), "RES014", "8", "maximum is 4"),
        (('{"acceleratorType": "nvidia-l4", "acceleratorCount": "1"}',), "RES014", '"1"', "expected a number"),
        (('{"cpu": 193}',), "RES014", "193", "maximum is 192"),
        (('{"cpu": "8"}',), "RES014", '"8"', "expected a number"),
        (('{"cpu": "omics.g6e.4xlarge"}',), "RES014", '"omics.g6e.4xlarge"', "machine type"),
        (('{"memory": 32}',), "RES014", "32", "expected a string"),
        (('{"memory": "1537 GiB"}',), "RES014", '"1537 GiB"', "maximum is 1536"),
        (('{"cpu": 2, "disk": 10}',), "RES014", '"disk"', "unknown field `disk`"),
        (('{"cpus": 2}',), "RES014", '"cpus"', "unknown field `cpus`"),
        (("{}",), "RES013", "{}", "is empty"),
        ((), "RES013", "[]", "has 0 profiles"),
        (('"cpu"',), "RES013", '"cpu"', "not a map"),
        (("object {cpu: 4}",), "RES013", "cpu", "not in quotes"),
        ((CPU, GPU), "RES015", CPU, "before the last"),
        ((CPU, '{"cpu": 2}'), "RES015", CPU, "before the last"),
        (
            ('{"acceleratorType": "nvidia-t4-a10g-l4", "acceleratorCount": 1}', CPU),
            "RES017",
            '"nvidia-t4-a10g-l4"',
            "multiple",
        ),
        ((GPU, GPU, CPU), "RES017", GPU, "already in the list"),
    ],
)
def test_faults_of_profiles(profiles: tuple[str, ...], code: str, cut: str, says: str, lint: Lint) -> None:
    (found,) = lint(fallback(*profiles), *RESOURCE_CODES)
    severity = "warning" if code == "RES017" else "error"
    assert (found["code"], found["severity"], lint.cut(found)) == (code, severity, cut)
    assert says in found["message"]


@pytest.mark.parametrize(
    ("count", "minutes", "found"), [(1, 19, True), (1, 20, False), (4, 29, True), (4, 30, False), (2, 20, True)]
)
def test_waits(count: int, minutes: int, found: bool, lint: Lint) -> None:
    profile = (
        f'{{"acceleratorType": "nvidia-l4", "acceleratorCount": {count}, "omicsResourceWaitTimeoutInMin": {minutes}}}'
    )
    hits = lint(fallback(profile), "RES")
    assert [(one["code"], one["severity"], lint.cut(one)) for one in hits] == (
        [("RES016", "warning", str(minutes))] if found else []
    )


def test_a_wait_without_accelerator_is_advice(lint: Lint) -> None:
    (found,) = lint(fallback('{"cpu": 2, "omicsResourceWaitTimeoutInMin": 45}'), "RES")
    assert (found["code"], found["severity"]) == ("RES016", "info")


def test_ten_profiles_are_the_most(lint: Lint) -> None:
    many = [f'{{"acceleratorType": "nvidia-l4", "acceleratorCount": 1, "cpu": {number}}}' for number in range(1, 12)]
    assert lint(fallback(*many[:10]), "RES") == []
    (found,) = lint(fallback(*many), "RES")
    assert (found["code"], found["message"].count("11 profiles")) == ("RES013", 1)


def test_a_list_over_several_lines_has_its_places(lint: Lint) -> None:
    text = workflow() + task(
        'omicsResourceFallbackOrder: [\n      {"acceleratorType": "nvidia-l4",\n       "acceleratorCount": 9},\n'
        '      {"cpu": 500}\n    ]'
    )
    found = lint(text, "RES")
    assert [(one["line"], one["column"], one["endColumn"], lint.cut(one)) for one in found] == [
        (text.splitlines().index('       "acceleratorCount": 9},') + 1, 28, 29, "9"),
        (text.splitlines().index('      {"cpu": 500}') + 1, 15, 18, "500"),
    ]


@pytest.mark.parametrize("value", [GPU, '"nvidia-l4"', "4"])
def test_what_is_no_list(value: str, lint: Lint) -> None:
    (found,) = lint(workflow() + task(f"omicsResourceFallbackOrder: {value}"), "RES")
    assert (found["code"], lint.cut(found)) == ("RES013", value)


def test_own_resources_beside_a_list(lint: Lint) -> None:
    found = lint(fallback(GPU, CPU, more='cpu: 2\n    memory: "4 GiB"\n    maxRetries: 1'), "RES012")
    assert [(one["severity"], lint.cut(one)) for one in found] == [("error", "2"), ("error", '"4 GiB"')]


@pytest.mark.parametrize(
    ("body", "outputs", "cut"),
    [
        ("scatter (n in [1, 2]) {\n    call work\n  }", "Array[File] out = work.out", "call work"),
        ("if (true) {\n    call work\n  }", "File? out = work.out", None),
    ],
)
def test_a_list_in_a_scatter(body: str, outputs: str, cut: str | None, lint: Lint) -> None:
    text = workflow(body, outputs=outputs) + task(f"omicsResourceFallbackOrder: [{GPU}, {CPU}]")
    found = lint(text, "RES")
    assert [(one["code"], lint.cut(one)) for one in found] == ([("RES018", cut)] if cut else [])


def test_a_list_in_a_workflow_that_is_called_in_a_scatter(lint: Lint) -> None:
    inner = "version 1.1\nworkflow inner {\n  call work\n  output {\n    File out = work.out\n  }\n}\n" + task(
        f"omicsResourceFallbackOrder: [{GPU}]"
    )
    main = workflow("scatter (n in [1]) {\n    call i.inner\n  }", outputs="Array[File] out = inner.out")
    main = main.replace("version 1.1\n", 'version 1.1\nimport "inner.wdl" as i\n')
    (found,) = lint(main, "RES", beside={"inner.wdl": inner})
    assert (found["code"], Path(found["path"]).name, lint.cut(found)) == ("RES018", "inner.wdl", "call work")


def test_an_accelerator_that_the_region_lacks(lint: Lint) -> None:
    (found,) = lint(fallback(GPU, CPU), "RES", options=("--region", "eu-west-1"))
    assert (found["code"], found["severity"], lint.cut(found)) == ("RES019", "warning", '"nvidia-l4"')


@pytest.mark.parametrize("seed", range(300))
def test_any_text_is_read_as_profiles(seed: int) -> None:
    random = Random(seed)
    pieces = [
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "(",
        ")",
        '"cpu"',
        "'a",
        '"~{n}"',
        "8",
        "-",
        "1.5e3",
        "object",
        "n",
        " ",
        "\n",
        "# [\n",
    ]
    text = "".join(random.choice(pieces) for _ in range(random.randrange(14)))
    pending = [parse(Attribute("omicsResourceFallbackOrder", text, Place("main.wdl", 7, 5)))]
    lines = text.split("\n")
    while pending:
        part = pending.pop()
        place = part.place
        assert (7, 5) <= (place.line, place.column) <= (place.end_line, place.end_column)
        assert place.end_line < 7 + len(lines)
        assert place.end_column <= len(lines[place.end_line - 7]) + (5 if place.end_line == 7 else 1)
        pending += [*part.items, *(one for entry in part.entries for one in entry)]


# --- what a task asks for, as real workflows write it


@pytest.mark.parametrize(
    ("runtime", "region", "codes"),
    [
        ('cpu: "4"\n    memory: "4096 MB"', "us-east-1", []),
        ('cpu: "~{n}"\n    memory: n + " GB"', "us-east-1", []),
        ('cpu: ceil(n / 2)\n    memory: "~{n * 2}G"', "us-east-1", []),
        ('cpu: "200"\n    memory: "4 GiB"', "us-east-1", ["RES002"]),
        ('cpu: n * 50\n    memory: "4 GiB"', "us-east-1", ["RES002"]),
        ('cpu: 4\n    memory: "2 TiB"', "us-east-1", ["RES002"]),
        ('cpu: 4\n    memory: "1536 GiB"', "us-east-1", []),
        ('cpu: 96\n    memory: "768 GiB"', "eu-west-1", []),
        ('cpu: 97\n    memory: "768 GiB"', "eu-west-1", ["RES003"]),
        ('cpu: 4\n    memory: "800 GiB"', "eu-west-1", ["RES003"]),
        ('cpu: 97\n    memory: "800 GiB"', "ap-northeast-2", []),
        ('memory: "4 GiB"', "us-east-1", ["RES001"]),
        ("cpu: 4", "us-east-1", ["RES001"]),
        ('cpu: 4\n    memory: "4 GiB"\n    gpuType: "nvidia-tesla-k80"\n    gpuCount: 1', "us-east-1", ["RES004"]),
        ('cpu: 4\n    memory: "4 GiB"\n    gpuCount: 1', "us-east-1", ["RES004"]),
        ('cpu: 65\n    memory: "4 GiB"\n    gpuType: "nvidia-l4"\n    gpuCount: 1', "us-east-1", ["RES005"]),
        ('cpu: 4\n    memory: "4 GiB"\n    gpuType: "nvidia-tesla-t4"\n    gpuCount: 1', "il-central-1", ["RES006"]),
        ('cpu: 4\n    memory: "4 GiB"\n    gpuType: "nvidia-tesla-t4-a10g"\n    gpuCount: 1', "il-central-1", []),
        (
            'cpu: 4\n    memory: "4 GiB"\n    gpuType: "nvidia-tesla-a10g"\n    gpuCount: 1',
            "ap-southeast-1",
            ["RES006"],
        ),
    ],
)
def test_what_tasks_ask_for(runtime: str, region: str, codes: list[str], lint: Lint) -> None:
    text = workflow() + task(runtime, inputs="Int n = 4")
    assert [one["code"] for one in lint(text, "RES", options=("--region", region))] == codes


# --- runtime attributes


def test_attributes_of_other_engines_are_one_finding(lint: Lint) -> None:
    foreign = f'{RESOURCES}\n    bootDiskSizeGb: 20\n    zones: "us-central1-a"\n    dx_instance_type: "mem1"'
    tasks = "".join(task(foreign, name=f"t{number}") for number in range(20))
    calls = "\n  ".join(f"call t{number}" for number in range(20))
    (found,) = lint(workflow(calls, outputs="File out = t0.out") + tasks, "WDL118")
    assert (found["severity"], lint.cut(found)) == ("info", "20")
    assert "`bootDiskSizeGb` (20 tasks), `dx_instance_type` (20 tasks), `zones` (20 tasks)" in found["message"]


def test_a_misspelt_attribute_is_a_warning_of_its_own(lint: Lint) -> None:
    found = lint(workflow() + task('cpus: 2\n    memory: "4 GiB"\n    acceleratortype: "nvidia-l4"'), "WDL118")
    assert [(one["severity"], one["hint"]) for one in found] == [
        ("warning", "did you mean `cpu`?"),
        ("warning", "did you mean `acceleratorType`?"),
    ]


@pytest.mark.parametrize(
    "extra",
    [
        'acceleratorType: "nvidia-l4"\n    acceleratorCount: 1',
        "returnCodes: [0, 1]\n    maxRetries: 0\n    preemptible: 2",
        'omicsTimeout: "40m"',
        "omicsTimeout: 3600",
        "continueOnReturnCode: true",
    ],
)
def test_attributes_that_the_service_honours(extra: str, lint: Lint) -> None:
    assert lint(workflow() + task(f"{RESOURCES}\n    {extra}"), "WDL", "RES") == []


def test_an_attribute_of_a_task_that_nothing_calls(lint: Lint) -> None:
    assert lint(workflow() + task() + task('zones: "a"', name="other"), "WDL118", "RES") == []


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ('"30 minutes"', "warning"),
        ('"2w"', "warning"),
        ('"soon"', "error"),
        ("30", "warning"),
        ('"59s"', "warning"),
        ('"60s"', None),
        ('"1h30m"', None),
        ('"1d"', None),
        ('"3600"', None),
        ("limit", None),
        ('"~{limit}m"', None),
    ],
)
def test_timeouts(value: str, severity: str | None, lint: Lint) -> None:
    text = workflow("call work { input: limit = 90 + length(stuff) }", inputs="Array[String] stuff") + task(
        f"{RESOURCES}\n    omicsTimeout: {value}", inputs="Int limit"
    )
    found = lint(text, "WDL025")
    assert [(one["severity"], lint.cut(one)) for one in found] == ([(severity, value)] if severity else [])


def test_retries_and_preemptible_are_said_once(lint: Lint) -> None:
    runtime = f'{RESOURCES}\n    preemptible: 3\n    maxRetries: 1\n    disks: "local-disk 50 SSD"'
    text = workflow("call work\n  call more") + task(runtime) + task(runtime, name="more")
    found = lint(text, "WDL023", "WDL024", "RES009")
    assert sorted((one["code"], one["severity"], lint.cut(one)) for one in found) == [
        ("RES009", "info", '"local-disk 50 SSD"'),
        ("WDL023", "info", "3"),
        ("WDL024", "info", "1"),
    ]
    assert all("2 tasks" in one["message"] for one in found)


def test_retries_that_only_a_run_sets(lint: Lint) -> None:
    text = workflow("call work { input: tries = tries }", inputs="Int tries") + task(
        f"{RESOURCES}\n    preemptible: tries\n    maxRetries: tries", inputs="Int tries"
    )
    assert lint(text, "WDL023", "WDL024") == []


@pytest.mark.parametrize(
    ("disks", "found"),
    [
        ('"local-disk 3072 SSD"', False),
        ('"local-disk 3073 HDD"', True),
        ('"local-disk 2000 SSD, /scratch 2000 SSD"', True),
        ('["/tmp 3000 GiB", "/scratch 200 GiB"]', True),
        ('["/tmp 300 GiB", "/scratch 200 GiB"]', False),
        ("4000", True),
        ('"local-disk ~{size} SSD"', True),
        ('"local-disk ~{ceil(size)} SSD"', True),
    ],
)
def test_disks_that_are_too_large(disks: str, found: bool, lint: Lint) -> None:
    text = workflow() + task(f"{RESOURCES}\n    disks: {disks}", inputs="Int size = 5000")
    assert [lint.cut(one) for one in lint(text, "RES010")] == ([disks] if found else [])


@pytest.mark.parametrize(
    ("memory", "found"),
    [
        ("16", True),
        ('"16"', True),
        ("size", True),
        ('"~{size}"', True),
        ("17179869184", False),
        ('"17179869184"', False),
        ('"16 GiB"', False),
        ('"16G"', False),
        ('"~{size} GB"', False),
    ],
)
def test_memory_without_a_unit(memory: str, found: bool, lint: Lint) -> None:
    text = workflow() + task(f"cpu: 2\n    memory: {memory}", inputs="Int size = 16")
    hits = lint(text, "RES")
    assert [(one["code"], one["severity"], lint.cut(one)) for one in hits] == (
        [("RES007", "warning", memory)] if found else []
    )


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("call work { input: size = 0 }", ["error"]),
        ("call work { input: size = n }", ["warning"]),
        ("if (n > 0) { call work { input: size = 0 } }", []),
        ("if (n > 0) { call work { input: size = n } }", []),
        ("if (n > 0) { call work { input: size = 2000 } }", ["warning"]),
    ],
)
def test_no_memory_for_a_task_that_a_run_leaves_out(call: str, found: list[str], lint: Lint) -> None:
    text = workflow(call, inputs="Int n = 0", outputs="File? out = work.out")
    text += task('cpu: 2\n    memory: "~{size} GiB"', inputs="Int size")
    assert [one["severity"] for one in lint(text, "RES002")] == found


def test_small_memory_is_no_finding(lint: Lint) -> None:
    assert lint(workflow() + task('cpu: 0.5\n    memory: "1 GB"'), "RES") == []


@pytest.mark.parametrize(
    ("extra", "found"),
    [
        ("gpu: true", True),
        ("gpu: false", False),
        ('gpu: true\n    gpuType: "nvidia-l4"\n    gpuCount: 1', False),
        ("gpu: wanted", False),
    ],
)
def test_a_gpu_needs_a_type(extra: str, found: bool, lint: Lint) -> None:
    text = workflow("call work { input: wanted = wanted }", inputs="Boolean wanted") + task(
        f"{RESOURCES}\n    {extra}", inputs="Boolean wanted"
    )
    assert bool(lint(text, "RES011")) is found


# --- the language


@pytest.mark.parametrize(
    ("declaration", "found"),
    [
        ("collect_by_key([(0.5, 1), (1.5, 2)])", True),
        ("collect_by_key(pairs)", True),
        ("collect_by_key(whole)", False),
        ('collect_by_key([("a", 1)])', False),
        ("collect_by_key(zip([1, 2], [3, 4]))", False),
    ],
)
def test_collecting_by_floats(declaration: str, found: bool, lint: Lint) -> None:
    inputs = "Array[Pair[Float, Int]] pairs\n    Array[Pair[Int, Int]] whole"
    text = workflow(f"call work\n  Int n = length(keys({declaration}))", inputs=inputs) + task()
    hits = lint(text, "WDL016")
    assert [(one["severity"], lint.cut(one)) for one in hits] == ([("error", declaration)] if found else [])


def test_divisions_of_floats_are_said_once_and_only_where_they_run(lint: Lint) -> None:
    body = 'Int a = ceil(size(out_name, "GB") / 2)\n  Float b = 1.5 / 3'
    text = workflow() + task(body=body, inputs="File? out_name") + task(body="Float c = 2.5 / 2", name="unused")
    (found,) = lint(text, "WDL017")
    assert (found["severity"], lint.cut(found)) == ("info", 'size(out_name, "GB") / 2')
    assert "2 divisions" in found["message"]
    assert "2026-11-30" in found["message"]
    assert lint(workflow() + task(body="Int a = 7 / 2"), "WDL017") == []


def test_an_empty_suffix(lint: Lint) -> None:
    (found,) = lint(workflow() + task(body='String a = basename("x/y.txt", "")'), "WDL018")
    assert (found["severity"], lint.cut(found)) == ("info", 'basename("x/y.txt", "")')
    assert lint(workflow() + task(body='String a = basename("x/y.txt", ".txt")'), "WDL018") == []


def test_a_workflow_without_outputs(lint: Lint) -> None:
    (found,) = lint(workflow(outputs=None) + task(), "WDL019")
    assert (found["severity"], found["line"], found["column"]) == ("warning", 2, 1)
    assert lint(workflow(outputs="") + task(), "WDL019") == []


def test_an_imported_workflow_without_outputs(lint: Lint) -> None:
    inner = "version 1.1\nworkflow inner { call work }\n" + task()
    main = 'version 1.1\nimport "inner.wdl" as i\nworkflow main {\n  call i.inner\n  output {\n    Int n = 1\n  }\n}\n'
    assert lint(main, "WDL019", beside={"inner.wdl": inner}) == []


@pytest.mark.parametrize(
    ("outputs", "cuts"),
    [
        ('File out = "/data/out.txt"', ['"/data/out.txt"']),
        ('File out = "/tmp/~{name}.txt"', ['"/tmp/~{name}.txt"']),
        ('Array[File] all = glob("/data/*.bam")\n    File out = "a"', ['"/data/*.bam"']),
        ('String text = read_string("/opt/x")\n    File out = "a"', ['"/opt/x"']),
        ('File? out = if name == "a" then "/a" else "b"', ['"/a"']),
        ('File out = "out.txt"', []),
        ('File out = "~{name}/out.txt"', []),
        ('String folder = "/data"\n    File out = "a"', []),
        ('File out = stdout()\n    String slash = sub(name, "/", "_")', []),
        ('File out = select_first(["./a", "b/c"])', []),
    ],
)
def test_outputs_outside_of_the_working_folder(outputs: str, cuts: list[str], lint: Lint) -> None:
    text = workflow(outputs="Int n = 1") + task(inputs='String name = "x"', outputs=outputs)
    found = lint(text, "WDL020")
    assert [(one["severity"], lint.cut(one)) for one in found] == [("warning", cut) for cut in cuts]


FILE_TASK = task(inputs="File table")


@pytest.mark.parametrize(
    "value",
    ["gs://public/x.tsv", "https://example.org/x.tsv", "ftp://host/x", "/data/x.tsv", "x.tsv", "s3://bucket/folder/"],
)
def test_files_that_the_service_cannot_read(value: str, lint: Lint) -> None:
    body = "call work { input: table = table }"
    (found,) = lint(workflow(body, inputs=f'File table = "{value}"') + FILE_TASK, "WDL021")
    assert (found["severity"], lint.cut(found)) == ("warning", f'File table = "{value}"')
    (fixed,) = lint(workflow(f'call work {{ input: table = "{value}" }}') + FILE_TASK, "WDL021")
    assert fixed["severity"] == "error"
    assert lint.cut(fixed).startswith("call work")
    (own,) = lint(workflow() + task(inputs=f'File table = "{value}"'), "WDL021")
    assert (own["severity"], lint.cut(own)) == ("warning", f'File table = "{value}"')
    assert "by the call's name" in own["message"]
    body = f'File private = "{value}"\n  call work {{ input: table = private }}'
    (private,) = lint(workflow(body) + FILE_TASK, "WDL021")
    assert (private["severity"], lint.cut(private)) == ("error", f'File private = "{value}"')


@pytest.mark.parametrize(
    ("inputs", "body"),
    [
        ('File table = "s3://bucket/x.tsv"', "call work { input: table = table }"),
        (
            'File table = "omics://1.storage.us-east-1.amazonaws.com/1/readSet/1/source1"',
            "call work { input: table = table }",
        ),
        ("File table", "call work { input: table = table }"),
        ('String bucket = "gs://b"\n    File table = "~{bucket}/x"', "call work { input: table = table }"),
        ('File table = ""', "call work { input: table = table }"),
        ('File unused = "gs://b/x"\n    File table', "call work { input: table = table }"),
        (
            'File fallback_table = "gs://b/x"\n    File? own',
            "call work { input: table = select_first([own, fallback_table]) }",
        ),
    ],
)
def test_files_that_are_left_alone(inputs: str, body: str, lint: Lint) -> None:
    assert lint(workflow(body, inputs=inputs) + FILE_TASK, "WDL021") == []


def test_a_file_in_a_condition_is_a_warning(lint: Lint) -> None:
    body = 'if (wanted) {\n    call work { input: table = "gs://b/x" }\n  }'
    text = workflow(body, inputs="Boolean wanted", outputs="File? out = work.out") + FILE_TASK
    assert [one["severity"] for one in lint(text, "WDL021")] == ["warning"]


def test_files_of_an_array_each(lint: Lint) -> None:
    text = workflow() + task(inputs='Array[File] tables = ["s3://b/x", "gs://b/y", "gs://b/z"]')
    assert len(lint(text, "WDL021")) == 2


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ('String a = "gs://b/x"\n    String? b = "s3://b/y"', True),
        ('String a = "https://example.org"\n    File b = "s3://b/y"', False),
        ('String a = "quay.io/x:1"', False),
    ],
)
def test_uris_in_strings(inputs: str, found: bool, lint: Lint) -> None:
    hits = lint(workflow(inputs=inputs) + task(), "WDL026")
    assert [(one["severity"], lint.cut(one), one["message"].startswith("`a`, `b` are")) for one in hits] == (
        [("info", 'String a = "gs://b/x"', True)] if found else []
    )


# --- the lenient engine


@pytest.mark.parametrize(
    "body",
    [
        "Int? depth\n  call work\n  Int doubled = select_first([depth]) * 2\n  Int more = depth + 1",
        "Float ratio = 2.0\n  call work\n  Int whole = ratio",
        'Map[String, Int] m = {"a": 1}\n  call work\n  Array[Pair[String, Int]] pairs = m',
    ],
)
def test_the_lenient_engine_is_proposed(body: str, lint: Lint) -> None:
    first, _, rest = body.partition("\n  ")
    found = lint(workflow(rest, inputs=first) + task(), "WDL001", "WDL022")
    assert [(one["code"], one["severity"]) for one in found if one["code"] == "WDL022"] == [("WDL022", "info")]
    assert any(one["code"] == "WDL001" and one["severity"] == "error" for one in found)
    (proposal,) = [one for one in found if one["code"] == "WDL022"]
    assert "--engine WDL_LENIENT" in proposal["hint"]
    assert all(f"main.wdl:{one['line']}" in proposal["message"] for one in found if one["code"] == "WDL001")
    assert (proposal["line"], proposal["column"]) == (2, 1)


@pytest.mark.parametrize(
    "body",
    [
        "Int n = [1]",
        "Int n = true",
        "call absent",
        "Int n = missing + 1",
        "Float ratio = 2.0\n  Int n = ratio\n  Int m = [2]",
    ],
)
def test_the_lenient_engine_would_not_help(body: str, lint: Lint) -> None:
    found = lint(workflow(f"call work\n  {body}") + task(), "WDL001", "WDL022")
    assert found
    assert {one["code"] for one in found} == {"WDL001"}


def test_no_engine_is_proposed_for_draft_2(lint: Lint) -> None:
    text = "workflow w {\n  Float ratio\n  Int n = ratio\n}\n"
    assert {one["code"] for one in lint(text, "WDL001", "WDL012", "WDL022")} == {"WDL001", "WDL012"}


def test_the_lenient_engine_is_not_proposed_to_itself(lint: Lint) -> None:
    text = workflow("call work\n  Float ratio = 2.0\n  Int n = ratio") + task()
    assert lint(text, "WDL022", options=("--engine", "WDL_LENIENT")) == []


# --- the template


def template(lint: Lint, entries: dict[str, Any]) -> Any:
    text = workflow("call work { input: table = table }", inputs="File table\n    Int n = 1") + FILE_TASK
    return lint(text, "TPL", beside={"parameter-template.json": json.dumps(entries, indent=1)})


def test_a_parameter_with_its_workflow_before_it(lint: Lint) -> None:
    described = {"description": "x", "optional": True}
    (found,) = template(lint, {"main.table": {"description": "x"}, "n": described})
    assert (found["code"], found["severity"], lint.cut(found)) == ("TPL009", "warning", '"main.table"')
    assert template(lint, {"table": {"description": "x"}, "n": described}) == []
    assert [one["code"] for one in template(lint, {"table": {"description": "x"}, "other.n": described})] == [
        "TPL032",
        "TPL005",
    ]


# --- all of them together


def test_the_rules_take_no_time_to_speak_of(cli: Cli, tmp_path: Path) -> None:
    from packager.app import load
    from packager.app.check import gather_facts
    from packager.rules.run import run

    runtime = (
        f'{RESOURCES}\n    preemptible: 3\n    zones: "a"\n    omicsTimeout: "40m"\n    disks: "local-disk 50 SSD"'
    )
    tasks = "".join(task(runtime, name=f"t{number}") for number in range(150))
    calls = "\n  ".join(f"call t{number}" for number in range(150))
    (tmp_path / "main.wdl").write_text(workflow(calls, outputs="File out = t0.out") + tasks)
    facts = gather_facts(load.load(str(tmp_path / "main.wdl")))
    run(facts)
    start = time.perf_counter()
    run(facts)
    assert time.perf_counter() - start < 1


# --- what an input or a condition decides is a warning that names it

KIND = 'cpu: 2\n    memory: "4 GiB"\n    acceleratorCount: 1\n    acceleratorType: kind'
BIG = 'cpu: cores\n    memory: "4 GiB"'


@pytest.mark.parametrize(
    ("body", "inputs", "names"),
    [
        ("call work { input: cores = 200 }", "", ""),
        ("if (true) { call work { input: cores = 200 } }", "", ""),
        ("scatter (i in [1, 2]) { call work { input: cores = 200 } }", "", ""),
        ("call work { input: cores = cores }", "Int cores = 200", "`cores`"),
        ("call work { input: cores = select_first([cores, 200]) }", "Int? cores", "`cores`"),
        ("call work", "", "`work.cores`"),
        ("if (big) { call work { input: cores = 200 } }", "Boolean big = false", "`big`"),
        ("if (big) { call work { input: cores = 200 } }", "Boolean big = true", "`big`"),
        ("if (defined(reads)) { call work { input: cores = 200 } }", "File? reads", "`reads`"),
        (
            "if (big) { scatter (i in [1]) { if (!small) { call work { input: cores = 200 } } } }",
            "Boolean big = true  Boolean small",
            "`big` and `small`",
        ),
        ("scatter (one in many) { call work { input: cores = 200 } }", "Array[Int] many = []", "`many`"),
        ("scatter (one in many) { call work { input: cores = 200 } }", "Array[Int] many", ""),
        ("if (false) { call work { input: cores = 200 } }", "", "if the task runs"),
        (
            "if (big) { call work { input: cores = 200 } }\n  call work as again { input: cores = 200 }",
            "Boolean big = true",
            "",
        ),
    ],
)
def test_an_error_only_where_nothing_else_decides(body: str, inputs: str, names: str, lint: Lint) -> None:
    text = workflow(body, inputs=inputs, outputs="String done = 'x'") + task(BIG, inputs="Int cores = 256")
    (found,) = lint(text, "RES002")
    assert found["severity"] == ("warning" if names else "error")
    assert found["message"].endswith(f"({names})" if " if" in f" {names}" else f"(depends on {names})") is bool(names)


@pytest.mark.parametrize("given", ["--region us-east-1", "--region us-east-1 --run-parameters run.json"])
def test_an_accelerator_that_only_a_run_asks_for(given: str, lint: Lint) -> None:
    text = workflow(
        'String kind = select_first([gpu_type, ""])\n  if (use_gpu) { call work { input: kind = kind } }',
        inputs="Boolean use_gpu = false  String? gpu_type",
        outputs=None,
    ) + task(KIND, inputs="String kind")
    run = {"run.json": '{"use_gpu": false}'}
    (found,) = lint(
        text, "RES", options=tuple(given.replace("run.json", str(lint.folder / "run.json")).split()), beside=run
    )
    assert (found["code"], found["severity"]) == ("RES004", "warning")
    assert found["message"] == "the accelerator type of `work` is empty (depends on `gpu_type` and `use_gpu`)"


def test_a_condition_around_a_sub_workflow(lint: Lint) -> None:
    sub = workflow("call work", outputs=None).replace("workflow main", "workflow sub") + task(
        'cpu: 256\n    memory: "4 GiB"'
    )
    text = 'version 1.1\nimport "sub.wdl" as s\nworkflow main {\n  input { Boolean big = true }\n  if (big) { call s.sub }\n}\n'
    (found,) = lint(text, "RES002", beside={"sub.wdl": sub})
    assert (found["severity"], "depends on `big`" in found["message"]) == ("warning", True)


@pytest.mark.parametrize(
    ("body", "inputs", "end"),
    [
        ("call work { input: image = image }", 'String image = "quay.io/org/a:1"', ", unless a run sets `image`"),
        (
            'call work { input: image = select_first([image, "quay.io/org/a:1"]) }',
            "String? image",
            ", unless a run sets `image`",
        ),
        ('call work { input: image = "quay.io/org/a:1" }', "", ""),
        ('call work\n  call work as b { input: image = "quay.io/org/a:1" }', "", ""),
    ],
)
@pytest.mark.parametrize("mapped", [False, True])
def test_an_image_of_an_input_names_the_input(body: str, inputs: str, end: str, *, mapped: bool, lint: Lint) -> None:
    image_of_input = task(inputs='String image = "quay.io/org/a:1"').replace(IMAGE, "docker: image")
    text = workflow(body, inputs=inputs, outputs=None) + image_of_input
    (lint.folder / "map.json").write_text(
        '{"registryMappings": [{"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "g"}]}'
    )
    options = ("--container-registry-map", str(lint.folder / "map.json")) if mapped else ()
    (found,) = lint(text, "IMG001", options=options)
    assert found["severity"] == ("error" if mapped and not end else "warning")
    assert found["message"].endswith((" (task `work`)" if mapped else " is not in private ECR") + end)


@pytest.mark.parametrize(
    ("body", "inputs", "severity", "end"),
    [
        ("call work", "", "error", ""),
        ("if (deep) { call work }", "Boolean deep = false", "warning", " (depends on `deep`)"),
        ("if (deep) { call work }  call work as again", "Boolean deep = false", "error", ""),
        ("call first  if (first.many > 1) { call work }", "", "warning", " (if the task runs)"),
    ],
)
@pytest.mark.parametrize(
    ("image", "code"),
    [
        ("ghcr.io/org/tool:1.0", "IMG001"),
        ("111122223333.dkr.ecr.eu-west-2.amazonaws.com/a:1", "IMG002"),
        ("docker://ghcr.io/org/tool:1.0", "IMG005"),
    ],
)
def test_an_image_of_a_task_that_may_not_run(
    body: str, inputs: str, severity: str, end: str, image: str, code: str, lint: Lint
) -> None:
    text = workflow(body, inputs=inputs, outputs=None) + task().replace(IMAGE, f'docker: "{image}"')
    text += task(outputs="Int many = 2").replace("task work", "task first")
    (lint.folder / "map.json").write_text(
        '{"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "q"}]}'
    )
    options = ("--container-registry-map", str(lint.folder / "map.json"), "--region", "us-east-1")
    (found,) = lint(text, code, options=options)
    assert (found["severity"], found["message"].endswith(end)) == (severity, True)
    assert ("depends on" in found["message"], "if the task" in found["message"]) == ("depends" in end, "if" in end)


# --- a runtime attribute that is there twice

SECTION = """version 1.1
workflow main { call work }
task work {
  input { String tag = "1" }
  command <<< >>>
  runtime {
    RUNTIME
    cpu: 2
  }
}
"""


@pytest.mark.parametrize(
    ("runtime", "places"),
    [
        ('memory: "4 GiB"', []),
        ('memory: "4 GiB"\n    memory: "8 GiB"', [(8, 5, 8, 11)]),
        ('memory: "4 GiB" memory : "8 GiB"\n  # memory: 3\n  memory: "1 GiB"', [(7, 21, 7, 27), (9, 3, 9, 9)]),
        ('memory: "4 GiB"\n    # memory: "8 GiB"', []),
        ('memory: "memory: ~{if true then "memory: " else "cpu: "}"', []),
        ('memory: {"memory": "4 GiB", "cpu": 1}["memory"]', []),
        ('hints: object { cpu: 1, memory: 2 }\n    memory: "4 GiB"', []),
        ("docker: 'a:~{tag}' docker: 'b:1'", [(7, 24, 7, 30)]),
        ('zones: "a"\n    zones: "b"', [(8, 5, 8, 10)]),
    ],
)
def test_a_runtime_attribute_that_is_set_twice(
    runtime: str, places: list[tuple[int, int, int, int]], lint: Lint
) -> None:
    found = lint(SECTION.replace("RUNTIME", runtime), "WDL027")
    assert [(one["line"], one["column"], one["endLine"], one["endColumn"]) for one in found] == places
    assert {one["severity"] for one in found} <= {"warning"}


def test_a_draft_2_section_and_a_task_that_no_run_reaches(lint: Lint) -> None:
    twice = SECTION.replace("RUNTIME", 'memory: "${tag} GiB" memory: "8 GiB"')
    assert len(lint(twice.replace("version 1.1\n", "").replace("<<< >>>", "{ }"), "WDL027")) == 1
    assert lint(twice.replace("call work", ""), "WDL027") == []


# --- one cause, one finding


@pytest.mark.parametrize("version", ["1.3", "1.4", "2.0"])
def test_a_version_that_nobody_knows_is_one_finding(version: str, lint: Lint) -> None:
    text = (workflow() + task()).replace("version 1.1", f"version {version}")
    found = [one for one in lint(text, "") if one["severity"] != "info"]
    assert [one["code"] for one in found] == ["WDL011"]


@pytest.mark.parametrize(
    ("main", "lib", "expected"),
    [
        ("1.3", "1.3", [("WDL011", "main.wdl", "WDL version `1.3` is not supported (2 documents)")]),
        ("1.1", "1.3", [("WDL011", "lib.wdl", "WDL version `1.3` is not supported")]),
        (
            "1.3",
            "1.4",
            [
                ("WDL011", "lib.wdl", "WDL version `1.4` is not supported"),
                ("WDL011", "main.wdl", "WDL version `1.3` is not supported"),
            ],
        ),
        ("1.1", "1.0", [("WDL013", "lib.wdl", "the version is `1.0`, but `main.wdl` has version `1.1`")]),
        ("1.0", "1.1", [("WDL013", "lib.wdl", "the version is `1.1`, but `main.wdl` has version `1.0`")]),
    ],
)
def test_versions_of_two_documents(
    main: str,
    lib: str,
    expected: list[tuple[str, str, str]],
    lint: Lint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f'version {main}\nimport "lib.wdl" as lib\nworkflow main {{ call lib.work  output {{ File out = work.out }} }}\n'
    found = lint(text, "WDL01", "WDL11", beside={"lib.wdl": f"version {lib}\n{task()}"})
    assert [(one["code"], Path(one["path"]).name, one["message"]) for one in found] == expected
    older = {one["severity"] for one in found if one["code"] == "WDL013"}
    assert older <= {"info" if main > lib else "warning"}


@pytest.mark.parametrize("kind", ["Object", "Array[Object]", "Object?"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_object_is_a_warning_only(kind: str, version: str, lint: Lint) -> None:
    text = (workflow() + task(inputs=f"{kind} row")).replace("version 1.1", f"version {version}")
    found = [one for one in lint(text, "") if one["severity"] != "info"]
    assert {one["code"] for one in found} == {"WDL015"}
    lint(text.replace("version 1.1", "version development"), "")


def test_errors_next_to_an_object_are_reported(lint: Lint) -> None:
    text = workflow("Int wrong = true\n  call work") + task(inputs="Object row")
    sub = task(inputs="Int? n", body="Int bad = [1]", name="other")
    text = text.replace("workflow main", 'import "sub.wdl" as sub\nworkflow main')
    found = lint(text, "WDL015", "WDL001", beside={"sub.wdl": f"version 1.1\n{sub}"})
    assert [(one["code"], Path(one["path"]).name) for one in found] == [("WDL015", "main.wdl"), ("WDL001", "sub.wdl")]


def test_a_directory_without_development_is_one_finding(lint: Lint) -> None:
    text = workflow(inputs="Directory genome") + task()
    assert [one["code"] for one in lint(text, "") if one["severity"] != "info"] == ["WDL014"]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("Int m = if defined(n) then n + 1 else 0", 0),
        ("Int m = if defined(n) && defined(o) then (n + o) * 2 else 0", 0),
        ("Int m = if defined(n) && defined(o) then (if true then n + o else 1) else n", 1),
        ("if (defined(n)) { Int m = n }", 0),
        ("if (defined(n)) { call work { input: k = n } }", 0),
        ("if (defined(n)) { scatter (each in [1]) { Int m = n - each } }", 0),
        ("if (defined(n)) { Float m = floor(n) }", 0),
        ("Int m = if defined(o) then n + 1 else 0", 1),
        ("Int m = if defined(n) then 1 else n + 1", 1),
        ("Int m = if defined(n) || defined(o) then n + 1 else 0", 1),
        ("Int m = if !defined(n) then n + 1 else 0", 1),
        ("if (defined(n)) { Int m = n + o }", 1),
    ],
)
def test_an_optional_value_that_a_condition_tests(body: str, lines: int, lint: Lint) -> None:
    text = workflow(f"call work as first {{ input: k = 1 }}\n  {body}", inputs="Int? n  Int? o", outputs=None)
    options = ("--engine", "WDL_LENIENT")
    found = lint(text + task(inputs="Int k"), "WDL106", "WDL001", options=options)
    assert len({(one["code"], one["line"]) for one in found}) == lines, found


def test_an_import_that_climbs_to_nothing_does_not_exist(lint: Lint) -> None:
    text = workflow().replace("workflow main", 'import "../../common/structs.wdl"\nworkflow main') + task()
    (found,) = lint(text, "WDL05")
    assert (found["code"], found["message"]) == ("WDL050", "the import `../../common/structs.wdl` does not exist")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("workflow w { File vcf }", "the input `File vcf` is outside of `input { }`"),
        ("workflow w { call t output { t.o } }", "the output `t.o` has no type"),
    ],
)
def test_what_is_draft_2(text: str, expected: str, lint: Lint) -> None:
    (found,) = lint(f"{text}\ntask t {{ command {{ }} output {{ Int o = 1 }} }}\n", "WDL012")
    assert found["message"] == f"the document is written in draft-2: {expected}"


def test_a_literal_file_is_one_finding(lint: Lint) -> None:
    text = workflow(inputs='File table = "data/a.txt"', body="call work { input: table = table }") + task(
        inputs="File table", body='File other = "x.txt"'
    )
    assert [one["line"] for one in lint(text, "WDL021")] == [4]
    assert 4 not in [one["line"] for one in lint(text, "WDL102")]
    assert [one["code"] for one in lint(text, "WDL102")]


def test_an_incomplete_call_says_that_no_run_can_be_started(lint: Lint) -> None:
    (found,) = lint(workflow() + task(inputs="Int n", body="Int m = n"), "WDL108")
    assert "no run can be started with the derived template" in found["hint"]


def test_the_result_of_a_division_is_said_for_the_day(files: Callable[[dict[str, str]], Path], cli: Cli) -> None:
    folder = files({"main.wdl": "version 1.1\nworkflow w { Float half = 5.0 / 2  output { Float h = half } }\n"})
    before = cli("lint", folder, "--as-of", "2026-11-29", "--select", "WDL017", "--show", "info").out
    assert "loses the fraction before 2026-11-30 and keeps it from then on" in before
    after = cli("lint", folder, "--as-of", "2026-11-30", "--select", "WDL017", "--show", "info").out
    assert "keeps the fraction since 2026-11-30; runs before that day lost it" in after


def test_changes_of_the_engine_are_judged_by_the_day(files: Callable[[dict[str, str]], Path], cli: Cli) -> None:
    text = 'Map[Float, Array[Int]] m = collect_by_key([(0.5, 1)])  String name = basename("a/b.txt", "")'
    folder = files({"main.wdl": f"version 1.1\nworkflow w {{ {text}  output {{ String n = name }} }}\n"})
    before, after = (
        cli("lint", folder, "--as-of", day, "--select", "WDL016,WDL018", "--format", "json").json["diagnostics"]
        for day in ("2026-09-21", "2026-09-22")
    )
    assert [(found["code"], found["severity"]) for found in before] == [("WDL016", "warning"), ("WDL018", "info")]
    assert [(found["code"], found["severity"]) for found in after] == [("WDL016", "error"), ("WDL018", "info")]
    assert before[0]["message"].endswith("from 2026-09-22 on")
    assert "changes on 2026-09-22" in before[1]["message"]
    assert "changed on 2026-09-22" in after[1]["message"]
