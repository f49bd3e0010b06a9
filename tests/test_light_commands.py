"""Tasks that only handle files: the minimum of a machine is enough, so RES001 is a note."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

from packager.engines.light_commands import is_light

Files = Callable[[dict[str, str | bytes]], Path]
LIGHT = [
    "",
    "cp $x out",
    "set -euo pipefail\nmkdir -p out && mv *.bam out/",
    "# it's a comment\necho 'a; samtools view' > out.txt 2>&1",
    'for x in a b; do\n  ln -s "$x" out/\ndone',
    'if [ -f "$x" ]; then\n  cat "$x" | head -n 1\nelse\n  touch out\nfi',
    "N=$(wc -l < x)\necho $((N + 1)) > out",
    "tar -czf out.tgz \\\n  x y",
    'case $x in\n  *.gz) zcat "$x" ;;\n  *) cat "$x" ;;\nesac',
    "/bin/true",
    "samtools faidx $x && bcftools reheader -h y x > z",
]
NOT_LIGHT = [
    "samtools sort $x",
    "samtools",
    "bcftools index x | samtools view",
    "$tool x",
    "cp x y; bwa index y",
    "cat x | sort > y",
    "N=$(samtools view -c x)\necho $N",
    'echo "$(samtools view -c x)"',
    "echo `samtools view -c x`",
    "cat <<EOF > x.py\nimport numpy\nEOF\n",
    "echo 'a",
    "LANG=C python x.py",
    "if samtools sort x; then echo ok; fi",
    "! java -jar x",
    "cp x y &\nwait",
    "echo " * 10_000,
]


@pytest.mark.parametrize("script", LIGHT)
def test_scripts_that_handle_files(script: str) -> None:
    assert is_light(script)


@pytest.mark.parametrize("script", NOT_LIGHT)
def test_scripts_that_may_do_more(script: str) -> None:
    assert not is_light(script)


def nextflow(script: str) -> str:
    return f"process T {{\n  container 'a'\n  {script}\n}}\nworkflow {{ T() }}\n"


def wdl(command: str) -> str:
    runtime = 'runtime { docker: "a" }'
    workflow = "workflow w { input { File f } call t { input: f } }"
    return f"version 1.1\n{workflow}\ntask t {{ input {{ File f }} command {command} {runtime} }}\n"


def cwl(command: str) -> str:
    return f"cwlVersion: v1.2\nclass: CommandLineTool\ninputs: []\noutputs: []\n{command}\n"


@pytest.mark.parametrize(
    ("name", "text", "severity"),
    [
        ("main.wdl", wdl("<<< cp ~{f} out >>>"), "info"),
        ("main.wdl", wdl("{ cp ${f} out }"), "info"),
        ("main.wdl", wdl("<<< ~{f} out >>>"), "warning"),
        ("main.nf", nextflow('script:\n  def a = 1\n  """\n  cp $a ${b} out\n  """'), "info"),
        ("main.nf", nextflow("shell:\n  'cp !{a} out'"), "info"),
        ("main.nf", nextflow("'cp a out'"), "info"),
        ("main.nf", nextflow("output:\n  path 'out'\n  'cp a out'"), "info"),
        ("main.nf", nextflow("output:\n  path 'out'"), "warning"),
        ("main.nf", nextflow('script:\n  """\n  $a out\n  """\n  stub:\n  "touch out"'), "warning"),
        ("main.nf", nextflow("script:\n  template 'a.sh'"), "warning"),
        ("main.nf", nextflow("script:\n  if (a) 'bwa x' else 'cp x y'"), "warning"),
        ("main.cwl", cwl("baseCommand: [tar, xf]"), "info"),
        ("main.cwl", cwl("baseCommand: /bin/cp"), "info"),
        ("main.cwl", cwl("arguments: [cp, a, b]"), "info"),
        ("main.cwl", cwl("baseCommand: [samtools, head]"), "info"),
        ("main.cwl", cwl("baseCommand: [samtools, sort]"), "warning"),
        ("main.cwl", cwl("baseCommand: python"), "warning"),
        ("main.cwl", cwl("arguments: [$(inputs.x)]"), "warning"),
        ("main.cwl", cwl("arguments: [echo, '; bwa']\nrequirements: [{class: ShellCommandRequirement}]"), "warning"),
    ],
)
def test_the_severity_of_tasks_without_requests(name: str, text: str, severity: str, files: Files, cli: Cli) -> None:
    files({name: text})
    found = cli("lint", name, "--select", "RES001", "--format", "json", "--no-cache").json["diagnostics"]
    assert [one["severity"] for one in found] == [severity]
