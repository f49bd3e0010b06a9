"""Notes: text for people counts them in one line, other formats and `--select` list them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

from packager.app.options import LintOptions

Files = Callable[[dict[str, str]], Path]
IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"
TEXT = f"""version 1.1
import "lib.wdl" as unused
workflow main {{
  input {{ Int count = 1  Int spare = 2 }}
  parameter_meta {{ count: "how many"  spare: "more" }}
  call work {{ input: n = count }}
  output {{ Int out = work.out }}
}}
task work {{
  input {{ Int n  Int more = 3 }}
  command <<< echo ~{{n}} >>>
  output {{ Int out = n }}
  runtime {{ docker: "{IMAGE}"  cpu: 1  memory: "2 GiB"  maxRetries: 1  preemptible: 3 }}
}}
"""
LIB = TEXT.replace('import "lib.wdl" as unused\n', "").partition("workflow")[0] + "task" + TEXT.partition("task")[2]
NOTES = "\n0 errors, 0 warnings, 5 notes (--show info)\n"


def test_text_counts_them_in_one_line(files: Files, cli: Cli) -> None:
    files({"main.wdl": TEXT, "lib.wdl": LIB})
    told = cli("lint", "main.wdl", "--region", "us-east-1")
    assert (told.code, "WDL113 " in told.out) == (0, False)
    assert f"\n{told.out}".count(NOTES) == 1
    assert told.out.count("5 notes") == 1, "only the total counts them"


@pytest.mark.parametrize("options", [["--select", "WDL110,WDL113,WDL024"], ["--select", "WDL"], ["--fail-on", "info"]])
def test_they_are_listed_when_they_are_selected_or_decide(options: list[str], files: Files, cli: Cli) -> None:
    files({"main.wdl": TEXT, "lib.wdl": LIB})
    told = cli("lint", "main.wdl", *options)
    assert "--show info" not in told.out
    assert all(code in told.out for code in ("WDL110", "WDL113", "WDL024"))
    assert told.code == int("info" in options)


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_other_formats_list_them(form: str, files: Files, cli: Cli) -> None:
    files({"main.wdl": TEXT, "lib.wdl": LIB})
    told = cli("lint", "main.wdl", "--format", form)
    assert all(code in told.out for code in ("WDL110", "WDL113", "WDL024"))


def test_a_baseline_a_severity_and_statistics_know_each(files: Files, cli: Cli) -> None:
    files({"main.wdl": TEXT, "lib.wdl": LIB})
    assert "WDL113 unused-declaration" in cli("lint", "main.wdl", "--statistics").out
    cli("lint", "main.wdl", "--baseline", "base.json", "--write-baseline")
    assert "WDL113" in Path("base.json").read_text()
    assert "--show info" not in cli("lint", "main.wdl", "--baseline", "base.json").out
    Path("packager.toml").write_text('[lint.severity]\nWDL113 = "warning"\n')
    told = cli("lint", "main.wdl")
    assert "warning WDL113" in told.out
    assert ", 3 notes (--show info)\n" in told.out


def test_more_than_one_workflow_has_one_line(files: Files, cli: Cli) -> None:
    files({"a/main.wdl": TEXT, "a/lib.wdl": LIB, "b/main.wdl": TEXT, "b/lib.wdl": LIB})
    told = cli("lint", "a", "b", "--region", "us-east-1")
    assert f"\n{told.out}".count(", 10 notes (--show info)\n") == 1


def test_what_refuses_a_package_is_listed(files: Files, cli: Cli) -> None:
    files({"main.wdl": TEXT, "lib.wdl": LIB})
    Path("packager.toml").write_text('[lint]\nfail-on = "info"\n')
    told = cli("package", "main.wdl", "-o", "main.zip")
    assert (told.code, "WDL113" in told.out, "lint" in told.out) == (1, True, False)
    Path("packager.toml").unlink()
    told = cli("package", "main.wdl", "-o", "main.zip")
    assert told.err == "next: `packager submit main.zip --local`\n", "notes alone are not worth a line"


def test_the_options_that_fold() -> None:
    assert LintOptions().folds
    assert LintOptions(ignored=("WDL113",), fail_on="never").folds
    assert not LintOptions(selected=("RES",)).folds
    assert not LintOptions(fail_on="info").folds


def test_json_has_the_same_findings_either_way(files: Files, cli: Cli) -> None:
    files({"main.wdl": TEXT, "lib.wdl": LIB})
    both = [json.loads(cli("lint", "main.wdl", "--format", "json", *more).out) for more in ((), ("--fail-on", "info"))]
    assert both[0] == both[1]
