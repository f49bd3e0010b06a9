"""Growth: a construct twice as large never takes more than four times as long, in any reader."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fuzz.laws import judged

# Below this, the clock and the garbage collector decide.
LEAST_SECONDS = 0.08
MOST_RATIO = 4.0


@dataclass(frozen=True, slots=True)
class Construct:
    """Files of a workflow as a function of a size; `start` is a size that takes some milliseconds."""

    name: str
    files: Callable[[int], dict[str, str]]
    start: int


@dataclass(frozen=True, slots=True)
class Growth:
    """CPU seconds at two sizes, the second twice the first."""

    name: str
    size: int
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """How many times longer the doubled construct takes."""
        return self.after / self.before


def _wdl(body: str, workflow: str = "") -> dict[str, str]:
    return {"main.wdl": f"version 1.1\n{body}\nworkflow w {{\n{workflow}\n}}\n"}


def _task(number: int) -> str:
    return (
        f"task t{number} {{ input {{ Int n = {number} }} command <<< echo ~{{n}} >>> "
        'runtime { docker: "quay.io/a/b:1" memory: "4 GB" } output { Int o = n } }'
    )


def _wdl_imports(size: int) -> dict[str, str]:
    files = {f"d{number}.wdl": f'version 1.1\nimport "d{number + 1}.wdl" as n\n' for number in range(min(size, 8))}
    files[f"d{min(size, 8)}.wdl"] = "version 1.1\n" + "\n".join(_task(number) for number in range(size))
    return {**files, "main.wdl": 'version 1.1\nimport "d0.wdl" as n\nworkflow w {}\n'}


def _wdl_diamonds(size: int) -> dict[str, str]:
    """Levels of two documents, each of which imports both documents of the next level."""
    levels = min(size, 8)
    files = {"main.wdl": 'version 1.1\nimport "a0.wdl" as a\nimport "b0.wdl" as b\nworkflow w {}\n'}
    for level in range(levels):
        imports = f'import "a{level + 1}.wdl" as a\nimport "b{level + 1}.wdl" as b\n' if level + 1 < levels else ""
        for side in "ab":
            files[f"{side}{level}.wdl"] = f"version 1.1\n{imports}{_task(size)}\n"
    return files


def _wdl_structs(size: int) -> dict[str, str]:
    rows = ["struct S0 { Int a }"]
    rows += [f"struct S{number} {{ S{number - 1} x S{number - 1} y }}" for number in range(1, min(size, 400))]
    return _wdl("\n".join(rows), f"input {{ S{min(size, 400) - 1} s }}")


def _nextflow_imports(size: int) -> dict[str, str]:
    files = {
        f"m{n}.nf": f"include {{ P{n + 1} }} from './m{n + 1}'\nprocess P{n} {{ script: 'x' }}\n" for n in range(size)
    }
    files[f"m{size}.nf"] = f"process P{size} {{ script: 'x' }}\n"
    return {**files, "main.nf": "include { P0 } from './m0'\nworkflow { P0() }\n"}


def _cwl_steps(size: int) -> dict[str, str]:
    steps = "\n".join(f"  s{n}:\n    run: tool.cwl\n    in: {{x: x}}\n    out: [o]" for n in range(size))
    tool = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: echo\ninputs: {x: string}\noutputs: {o: stdout}\n"
    return {
        "main.cwl": f"cwlVersion: v1.2\nclass: Workflow\ninputs: {{x: string}}\noutputs: {{}}\nsteps:\n{steps}\n",
        "tool.cwl": tool,
    }


def _cwl_chain(size: int) -> dict[str, str]:
    body = "cwlVersion: v1.2\nclass: Workflow\ninputs: {x: string}\noutputs: {}\nsteps:\n  s: {run: %s, in: {x: x}, out: []}\n"
    files = {f"w{n}.cwl": body % f"w{n + 1}.cwl" for n in range(size)}
    tool = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: echo\ninputs: {x: string}\noutputs: {}\n"
    return {**files, f"w{size}.cwl": tool, "main.cwl": body % "w0.cwl"}


def _map_entries(size: int) -> dict[str, str]:
    rows = ",".join(
        f'{{"sourceImage": "quay.io/a/b{n}:1", "destinationImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/b{n}:1"}}'
        for n in range(size)
    )
    return {**_wdl(_task(0), "call t0"), "container-registry-map.json": f'{{"imageMappings": [{rows}]}}'}


CONSTRUCTS = (
    Construct("WDL: tasks", lambda n: _wdl("\n".join(map(_task, range(n)))), 100),
    Construct("WDL: calls", lambda n: _wdl(_task(0), "\n".join(f"call t0 as c{i} {{ input: n = {i} }}" for i in range(n))), 150),
    Construct("WDL: chained calls", lambda n: _wdl(_task(0), "call t0 as c0\n" + "\n".join(f"call t0 as c{i + 1} {{ input: n = c{i}.o }}" for i in range(n))), 150),
    Construct("WDL: nesting of if and scatter", lambda n: _wdl("", "if (true) { scatter (i in [1]) { " * n + "Int x = 1" + " } }" * n), 10),
    Construct("WDL: nesting of expressions", lambda n: _wdl("", "Int x = " + "(" * n + "1" + " + 1)" * n), 20),
    Construct("WDL: nesting of arrays", lambda n: _wdl("", "Array[Int] y = []\n" + "Boolean x = " + "[" * n + "1" + "]" * n + " == " + "[" * n + "1" + "]" * n), 10),
    Construct("WDL: one sum", lambda n: _wdl("", "Int x = " + " + ".join(["1"] * n)), 100),
    Construct("WDL: placeholders of a command", lambda n: _wdl("task t { input { Int n } command <<< " + "~{n} " * n + " >>> }", ""), 300),
    Construct("WDL: lines of a command", lambda n: _wdl("task t { command <<<\n" + "echo x\n" * n + ">>> }", ""), 3000),
    Construct("WDL: inputs", lambda n: _wdl("", "input { " + "\n".join(f"Int a{i} = {i}" for i in range(n)) + " }"), 200),
    Construct("WDL: imports", _wdl_imports, 100),
    Construct("WDL: diamonds", _wdl_diamonds, 4),
    Construct("WDL: structs of structs", _wdl_structs, 50),
    Construct("WDL: errors", lambda n: _wdl("", "\n".join(f"Int a{i} = b{i}" for i in range(n))), 200),
    Construct("WDL: suppressions", lambda n: _wdl("\n".join(f"# packager: allow IMG001 - r{i}" for i in range(n)), ""), 500),
    Construct("WDL: a long comment", lambda n: _wdl("# " + "x " * n, ""), 50_000),
    Construct("WDL: unclosed brackets", lambda n: {"main.wdl": "version 1.0\nworkflow w { " + "{" * n}, 2000),
    Construct("Nextflow: processes", lambda n: {"main.nf": "\n".join(f"process P{i} {{ container 'quay.io/a/b:{i}'\n script: 'x' }}" for i in range(n)) + "\nworkflow { }\n"}, 300),
    Construct("Nextflow: calls", lambda n: {"main.nf": "process P { input: val x\n output: val x\n script: 'x' }\nworkflow {\n c0 = 1\n" + "\n".join(f" c{i + 1} = P(c{i})" for i in range(n)) + "\n}\n"}, 300),
    Construct("Nextflow: nesting of closures", lambda n: {"main.nf": "x = " + "{ " * n + "1" + " }" * n + "\nworkflow { }\n"}, 30),
    Construct("Nextflow: nesting of brackets", lambda n: {"main.nf": "x = " + "[" * n + "1" + "]" * n + "\nworkflow { }\n"}, 50),
    Construct("Nextflow: nesting of ifs", lambda n: {"main.nf": "workflow {\n" + "if (params.a) {\n" * n + "x = 1\n" + "}\n" * n + "}\n"}, 20),
    Construct("Nextflow: ternaries", lambda n: {"main.nf": "x = " + "params.a ? 1 : " * n + "2\nworkflow { }\n"}, 50),
    Construct("Nextflow: selectors of a config", lambda n: {"main.nf": "process P { script: 'x' }\nworkflow { P() }\n", "nextflow.config": "process {\n" + "\n".join(f"withName: 'A{i}.*|P' {{ cpus = {i} }}" for i in range(n)) + "\n}\n"}, 200),
    Construct("Nextflow: alternatives of a selector", lambda n: {"main.nf": "process P { script: 'x' }\nworkflow { P() }\n", "nextflow.config": "process { withName: '" + "|".join(f"(a*)*b{i}" for i in range(n)) + "' { cpus = 1 } }\n"}, 100),
    Construct("Nextflow: params", lambda n: {"main.nf": "workflow { }\n", "nextflow.config": "params {\n" + "\n".join(f"p{i} = '${{params.p{i - 1}}}'" for i in range(1, n)) + "\n}\n"}, 200),
    Construct("Nextflow: includes", _nextflow_imports, 50),
    Construct("Nextflow: unclosed strings", lambda n: {"main.nf": "workflow { x = " + "\"${" * n}, 100),
    Construct("Nextflow: a long script", lambda n: {"main.nf": 'process P { script:\n"""\n' + "echo $x ${y}\n" * n + '"""\n}\nworkflow { P() }\n'}, 1000),
    Construct("CWL: steps", _cwl_steps, 40),
    Construct("CWL: workflows in workflows", _cwl_chain, 5),
    Construct("CWL: nesting of a value", lambda n: {"main.cwl": "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: x\ninputs: {}\noutputs: {}\nhints:\n  - class: x\n    v: " + "[" * n + "]" * n + "\n"}, 50),
    Construct("CWL: inputs", lambda n: {"main.cwl": "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: x\noutputs: {}\ninputs:\n" + "\n".join(f"  i{i}: File?" for i in range(n)) + "\n"}, 100),
    Construct("CWL: a long expression", lambda n: {"main.cwl": "cwlVersion: v1.2\nclass: CommandLineTool\nrequirements: {InlineJavascriptRequirement: {}}\nbaseCommand: x\noutputs: {}\ninputs: {}\narguments:\n  - '$(" + "a + " * n + "b)'\n"}, 500),
    Construct("entries of a registry map", _map_entries, 500),
    Construct("files of a folder", lambda n: {**_wdl("", ""), **{f"data/f{i}.txt": "x" for i in range(n)}}, 300),
)  # fmt: skip


def _seconds(construct: Construct, size: int, folder: Path) -> float:
    """The CPU seconds of judging the construct at a size; the best of two."""
    place = folder / f"{abs(hash(construct.name))}-{size}"
    for name, text in construct.files(size).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    taken = []
    for _ in range(2):
        started = time.process_time()
        judged(place)
        taken.append(time.process_time() - started)
    return min(taken)


def measured(construct: Construct, folder: Path) -> Growth:
    """The growth from the first size that takes long enough to be measured, or from sixteen times the start."""
    size, before = construct.start, _seconds(construct, construct.start, folder)
    while before < LEAST_SECONDS and size < 16 * construct.start:
        size *= 2
        before = _seconds(construct, size, folder)
    found = Growth(construct.name, size, max(before, 0.001), _seconds(construct, 2 * size, folder))
    if found.ratio <= MOST_RATIO:
        return found
    # One step, such as a second parser that is asked once, is not growth: then the next doubling costs little.
    return Growth(construct.name, 2 * size, found.after, _seconds(construct, 4 * size, folder))


def table(folder: Path) -> Iterator[Growth]:
    """The growth of every construct."""
    for construct in CONSTRUCTS:
        yield measured(construct, folder)
