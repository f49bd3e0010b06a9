"""The registry map next to main does not travel with the zip, and that is said where it matters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from conftest import Cli

Files = Callable[[dict[str, str]], Path]
MAIN = """version 1.1
workflow w { call t  output { String text = t.text } }
task t {
  command <<< echo >>>
  output { String text = read_string(stdout()) }
  runtime { docker: "quay.io/org/tool:1" cpu: 2 memory: "4 GiB" }
}
"""
MAP = json.dumps({"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]})
CONFIG = '[target.dev]\naccount = "111122223333"\nregion = "us-east-1"\n'


def test_package_says_it_and_the_zip_says_how_to_name_it(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": MAIN, "container-registry-map.json": MAP, "packager.toml": CONFIG})
    assert cli("lint", ".", "--target", "dev").code == 0
    done = cli("package", ".", "--target", "dev", "-o", "flow.zip")
    assert done.code == 0
    assert "note: `container-registry-map.json` is not part of the package" in done.err
    assert "--container-registry-map container-registry-map.json" in done.err
    refused = cli("lint", "flow.zip", "--target", "dev", "--format", "json")
    (found,) = [one for one in refused.json["diagnostics"] if one["code"] == "IMG001"]
    assert (found["severity"], "--container-registry-map" in found["hint"]) == ("error", True)
    named = cli("lint", "flow.zip", "--target", "dev", "--container-registry-map", "container-registry-map.json")
    assert named.code == 0
    (folder / "container-registry-map.json").rename(folder / "map.json")
    named = cli("package", ".", "--container-registry-map", "map.json", "-o", "flow.zip")
    assert "not part of the package" not in named.err, "who names a map knows of it"
