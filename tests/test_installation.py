"""The wheel, installed into an empty environment, has its schemas and its command."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, WORKFLOWS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [PYTHON, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_is_reproducible(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(
        [PYTHON, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    (again,) = tmp_path.glob("*.whl")
    assert (again.name, again.read_bytes()) == (wheel.name, wheel.read_bytes())


def test_the_wheel_holds_what_it_needs_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (scripts,) = (archive.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    assert {line.split(" = ")[0] for line in scripts.splitlines() if " = " in line} == {"packager", "omics-packager"}
    schemas = sorted(path.name for path in (ROOT / "schemas").glob("*.json"))
    assert sorted(Path(name).name for name in names if name.startswith("packager/schemas/")) == schemas
    assert "packager/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.split("/")[0] in ("tests", "fixtures", "benchmarks") for name in names)


def test_it_works_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """The environment holds this wheel alone; its dependencies are seen through a path file, not installed again."""
    environment = tmp_path / "env"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(environment)], check=True, capture_output=True)
    python = environment / "bin" / "python"
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site, ours = (
        Path(subprocess.run([interpreter, "-c", show], check=True, capture_output=True, text=True).stdout.strip())
        for interpreter in (str(python), PYTHON)
    )
    subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    (site / "dependencies.pth").write_text(f"{ours}\n")
    show = "import packager.jsondoc.schemas; print(packager.jsondoc.schemas.__file__, packager.jsondoc.schemas.names())"
    found = subprocess.run([str(python), "-c", show], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    assert str(site) in found
    assert "container-registry-map" in found
    good = WORKFLOWS / "wdl-variants" / "container-registry-map.json"
    bad = WORKFLOWS / "wdl-problems" / "container-registry-map.json"
    for path, code, words in ((good, 0, "no findings"), (bad, 1, "accountId")):
        done = subprocess.run(
            [str(python), "-m", "packager", "map", "validate", str(path)],
            capture_output=True, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert words in done.stdout
