"""Large workflows of each engine: 150 tasks with long names in nested sub-workflows, one file for each."""

from __future__ import annotations

from pathlib import Path

GROUPS, TASKS, INNER = 6, 20, 5
_LONG = "with_a_name_that_says_everything_about_what_it_does"


def _task_name(group: int, number: int) -> str:
    return f"step_{group}_{number:02}" + (f"_{_LONG}" if number % 3 == 0 else "")


def _wdl_task(name: str) -> str:
    return (
        f'task {name} {{\n  input {{ File reads Int cpus = 4 }}\n  command <<< cat ~{{reads}} > out >>>\n  output {{ File made = "out" }}\n'
        f'  runtime {{ docker: "quay.io/biocontainers/{name}:1.0--h5b5514e_0" cpu: cpus memory: "{len(name)} GiB" }}\n}}\n'
    )


def _wdl_chain(names: list[str], source: str) -> str:
    calls = []
    for number, name in enumerate(names):
        text = f"call {name} {{ input: reads = {source} }}"
        calls.append(f"  if (defined(reads)) {{ {text} }}\n" if number == len(names) - 1 else f"  {text}\n")
        source = f"{name}.made"
    return "".join(calls)


def write_wdl(folder: Path) -> None:
    """A WDL workflow that imports a sub-workflow for each group, which imports another one."""
    imports, calls = [], []
    for group in range(GROUPS):
        outer = [_task_name(group, number) for number in range(TASKS)]
        inner = [_task_name(group, number) for number in range(TASKS, TASKS + INNER)]
        (folder / f"inner_{group}.wdl").write_text(
            "version 1.1\nworkflow inner {\n  input { File reads }\n" + _wdl_chain(inner, "reads")
            + f"  output {{ File made = {inner[-2]}.made }}\n}}\n"
            + "".join(map(_wdl_task, inner))
        )  # fmt: skip
        (folder / f"group_{group}.wdl").write_text(
            f'version 1.1\nimport "inner_{group}.wdl" as inner_{group}\nworkflow group_{group}_{_LONG} {{\n  input {{ File reads }}\n'
            + _wdl_chain(outer, "reads")
            + f"  call inner_{group}.inner {{ input: reads = {outer[3]}.made }}\n  output {{ File made = {outer[-2]}.made }}\n}}\n"
            + "".join(map(_wdl_task, outer))
        )  # fmt: skip
        imports.append(f'import "group_{group}.wdl" as group_{group}\n')
        source = f"part_{group - 1}.made" if group % 2 else "each"
        calls.append(f"    call group_{group}.group_{group}_{_LONG} as part_{group} {{ input: reads = {source} }}\n")
    (folder / "main.wdl").write_text(
        "version 1.1\n" + "".join(imports)
        + "workflow large {\n  input { Array[File]+ reads }\n  scatter (each in reads) {\n" + "".join(calls) + "  }\n}\n"
    )  # fmt: skip


def _process(name: str) -> str:
    return (
        f"process {name} {{\n  container 'quay.io/biocontainers/{name.lower()}:1.0'\n  cpus 4\n  memory '{len(name)} GB'\n"
        "  input:\n  path reads\n  output:\n  path 'out', emit: made\n  script:\n  \"cat $reads > out\"\n}\n"
    )


def write_nextflow(folder: Path) -> None:
    """A Nextflow pipeline with a module for each group, which includes another one."""
    includes, body = [], []
    for group in range(GROUPS):
        outer = [_task_name(group, number).upper() for number in range(TASKS)]
        inner = [_task_name(group, number).upper() for number in range(TASKS, TASKS + INNER)]
        for kind, names, start, more in (
            ("INNER", inner, "", ""),
            (
                "GROUP",
                outer,
                f"include {{ INNER_{group} }} from './inner_{group}'\n",
                f"  INNER_{group}({outer[3]}.out.made)\n",
            ),
        ):
            steps, source = [], "reads"
            for name in names:
                steps.append(f"  {name}({source})\n")
                source = f"{name}.out.made"
            (folder / f"{kind.lower()}_{group}.nf").write_text(
                start + "".join(map(_process, names)) + f"workflow {kind}_{group} {{\n  take:\n  reads\n  main:\n"
                + "".join(steps) + more + f"  emit:\n  made = {source}\n}}\n"
            )  # fmt: skip
        includes.append(f"include {{ GROUP_{group} }} from './group_{group}'\n")
        body.append(f"  GROUP_{group}({f'GROUP_{group - 1}.out.made' if group % 2 else 'reads'})\n")
    (folder / "main.nf").write_text(
        "".join(includes) + "workflow {\n  reads = Channel.fromPath(params.reads)\n" + "".join(body) + "}\n"
    )
    (folder / "nextflow.config").write_text(
        "params.reads = null\nmanifest { name = 'large'\n nextflowVersion = '>=24.04' }\n"
    )


def _tool(name: str) -> str:
    return (
        "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: cat\nrequirements:\n  DockerRequirement:\n"
        f"    dockerPull: quay.io/biocontainers/{name}:1.0\n  ResourceRequirement:\n    coresMin: 4\n    ramMin: {1000 * len(name)}\n"
        "inputs:\n  reads: {type: File, inputBinding: {}}\noutputs:\n  made: {type: stdout}\n"
    )


def _cwl_steps(names: list[str], run: dict[str, str]) -> str:
    out, source = [], "reads"
    for name in names:
        out.append(
            f"  {name}:\n    run: {run.get(name, f'{name}.cwl')}\n    in: {{reads: {source}}}\n    out: [made]\n"
        )
        source = f"{name}/made"
    return "steps:\n" + "".join(out)


_CWL_HEAD = (
    "cwlVersion: v1.2\nclass: Workflow\nrequirements: {SubworkflowFeatureRequirement: {}}\ninputs: {reads: File}\n"
)


def write_cwl(folder: Path) -> None:
    """A CWL workflow with a sub-workflow for each group, which runs another one."""
    for group in range(GROUPS):
        outer = [_task_name(group, number) for number in range(TASKS)]
        inner = [_task_name(group, number) for number in range(TASKS, TASKS + INNER)]
        for name in [*outer, *inner]:
            (folder / f"{name}.cwl").write_text(_tool(name))
        for name, steps in ((f"inner_{group}", inner), (f"group_{group}", [*outer, f"inner_{group}"])):
            (folder / f"{name}.cwl").write_text(
                f"{_CWL_HEAD}outputs: {{made: {{type: File, outputSource: {steps[-1]}/made}}}}\n{_cwl_steps(steps, {})}"
            )
    names = [f"part_{group}" for group in range(GROUPS)]
    (folder / "main.cwl").write_text(
        _CWL_HEAD
        + "outputs: []\n"
        + _cwl_steps(names, {name: f"group_{number}.cwl" for number, name in enumerate(names)})
    )


LARGE = {"wdl": write_wdl, "nextflow": write_nextflow, "cwl": write_cwl}
