"""Neovim with the configuration of `docs/editors.md`: its diagnostics equal `packager lint`, and it applies a quick fix."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from interop_support import ROOT, run

pytestmark = pytest.mark.interop

MIN_SEVERITY = "warning"  # of the configuration in the documentation
NUMBERS = {"error": 1, "warning": 2, "info": 3}  # of Neovim
FIRST = """version 1.0
workflow hello {
  call say
}
task say {
  command <<< echo hello >>>
  runtime {
    docker: "docker://quay.io/lab/say:1.0"
    cpu: 1
    memory: "2 GiB"
  }
}
"""
FILES = {
    "wdl": {"main.wdl": FIRST.replace("call say", "call shout")},
    "nextflow": {"main.nf": "process SAY {\n    script:\n    'echo hello'\n\nworkflow { SAY() }\n"},
    "cwl": {"main.cwl": "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: [echo\ninputs: {}\noutputs: {}\n"},
    "yaml": {"main.cwl.yaml": "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: echo\ninputs: {}\n"},
    "nextflow.config": {"main.nf": "workflow { println params.x }\n", "nextflow.config": "params.x = = 1\n"},
}
# Opens what is named on the command line, waits until everything is checked, and writes what it shows.
DRIVER = """
local function check()
  assert(vim.wait(60000, function() return #vim.lsp.get_clients({ bufnr = 0 }) > 0 end, 50), 'no server for this file')
  local client = vim.lsp.get_clients({ bufnr = 0 })[1]
  local answer = client:request_sync('workspace/executeCommand', { command = 'packager.check' }, 60000, 0)
  assert(answer and not answer.err, 'the server does not check')
  return client
end

local function shown()
  local found = {}
  for _, each in ipairs(vim.diagnostic.get(nil)) do
    table.insert(found, {
      path = vim.api.nvim_buf_get_name(each.bufnr), line = each.lnum + 1, column = each.col + 1,
      code = each.code, severity = each.severity, message = each.message,
    })
  end
  return found
end

local done, problem = pcall(function()
  check()
  local result = { before = shown() }
  local title = vim.env.ACTION
  if title then
    local found = vim.diagnostic.get(0)
    for _, each in ipairs(found) do
      if title:find(each.code, 1, true) then vim.api.nvim_win_set_cursor(0, { each.lnum + 1, each.col }) end
    end
    local tick = vim.b.changedtick
    vim.lsp.buf.code_action({ apply = true, filter = function(action) return vim.startswith(action.title, title) end })
    assert(vim.wait(60000, function() return vim.b.changedtick ~= tick end, 50), 'the action changes nothing')
    vim.cmd.write()
    check()
    result.after = shown()
  end
  vim.fn.writefile({ vim.json.encode(result) }, vim.env.RESULT)
end)
if not done then io.stderr:write(tostring(problem) .. '\\n') vim.cmd.cquit() end
vim.cmd.quitall({ bang = true })
"""


def documented() -> tuple[str, str]:
    """The two blocks of Lua in the documentation: the server's configuration, and the types of files."""
    section = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8").partition("## Neovim")[2].partition("\n## ")[0]
    server, types = re.findall(r"```lua\n(.*?)```", section, re.DOTALL)
    return server, types


@pytest.fixture
def nvim(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Opens a file in a Neovim that has nothing but the documented configuration; returns what the driver wrote."""
    assert shutil.which("nvim"), "install Neovim 0.11 or later"
    server, types = documented()
    configuration = tmp_path / "config" / "nvim"
    (configuration / "lsp").mkdir(parents=True)
    (configuration / "lsp" / "packager.lua").write_text(server, encoding="utf-8")
    (configuration / "init.lua").write_text(f"{types}\nvim.lsp.enable('packager')\n", encoding="utf-8")
    (tmp_path / "driver.lua").write_text(DRIVER, encoding="utf-8")
    folders = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}

    def open_file(path: Path, **environment: str) -> dict[str, Any]:
        result = tmp_path / "result.json"
        words = ("nvim", "--headless", path.name, "-c", f"luafile {tmp_path / 'driver.lua'}")
        done = run(*words, cwd=path.parent, RESULT=str(result), HOME=str(tmp_path), **folders, **environment)
        assert done.returncode == 0, done.stderr
        value: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return value

    return open_file


def repository(folder: Path, files: dict[str, str]) -> Path:
    (folder / ".git").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


def linted(folder: Path) -> list[tuple[str, int, int, str, int]]:
    """What `packager lint` reports in the folder, as Neovim numbers it."""
    done = run("packager", "lint", "--format", "json", "--min-severity", MIN_SEVERITY, cwd=folder)
    return sorted(
        (each["path"], max(each["line"], 1), max(each["column"], 1), each["code"], NUMBERS[each["severity"]])
        for each in json.loads(done.stdout)["diagnostics"]
        if NUMBERS[each["severity"]] <= NUMBERS[MIN_SEVERITY]
    )


def shown(found: list[dict[str, Any]], folder: Path) -> list[tuple[str, int, int, str, int]]:
    real = os.path.realpath(folder)
    return sorted(
        (os.path.relpath(each["path"], real), each["line"], each["column"], each["code"], each["severity"])
        for each in found
    )


@pytest.mark.parametrize("name", list(FILES))
def test_it_shows_what_lint_reports(name: str, nvim: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    folder = repository(tmp_path / "work", FILES[name])
    expected = linted(folder)
    assert expected
    opened = nvim(folder / list(FILES[name])[-1])
    assert shown(opened["before"], folder) == expected


def test_a_quick_fix_is_applied(nvim: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    folder = repository(tmp_path / "work", {"main.wdl": FIRST})
    before = linted(folder)
    result = nvim(folder / "main.wdl", ACTION="Fix IMG005")
    assert shown(result["before"], folder) == before
    assert (folder / "main.wdl").read_text(encoding="utf-8") == FIRST.replace("docker://", "")
    assert shown(result["after"], folder) == linted(folder) != before
