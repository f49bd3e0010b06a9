"""`packager map generate`: the smallest map that covers a workflow, put behind what is written there already."""
# ruff: noqa: E501 - texts of files and expected messages stand on one line

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKFLOWS, Cli, Result
from hypothesis import given
from hypothesis import strategies as st

from packager.findings.diagnostic import Place
from packager.healthomics import limits
from packager.images.registry_map import RegistryMap, Status, read, resolve
from packager.images.registry_map.generation import EcrRegistry, additions, default_prefix, repository_for
from packager.images.registry_map.merging import merged, new_text
from packager.images.usage import ImageUse, TaskUse
from packager.model.facts import ImageStatus
from packager.model.image_reference import ImageReference, parse

ACCOUNT, REGION = "111122223333", "us-east-1"
ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
TARGET = ("--account", ACCOUNT, "--region", REGION)
SHA = "sha256:" + "0123456789abcdef" * 4
QUAY = '{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}'
NAMES = sorted(path.name for path in WORKFLOWS.iterdir() if path.is_dir())
PLACEHOLDER = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:REPLACE-ME-"

Files = Callable[[dict[str, str | bytes]], Path]


def wdl(*images: str) -> str:
    """A workflow with a task for each image."""
    calls = " ".join(f"call t{number}" for number in range(len(images)))
    tasks = "".join(
        f'task t{number} {{ command <<< true >>> runtime {{ docker: "{image}" cpu: 1 memory: "2 GiB" }} }}\n'
        for number, image in enumerate(images)
    )
    return f"version 1.0\nworkflow main {{ {calls} }}\n{tasks}"


@pytest.fixture
def generate(cli: Cli, in_folder: Path) -> Callable[..., Result]:
    """Generate the map of a workflow with these images into `map.json` of the current folder."""

    def run(*images: str, there: str | bytes | None = None, options: tuple[str, ...] = ()) -> Result:
        (in_folder / "main.wdl").write_text(wdl(*images))
        if there is not None:
            (in_folder / "map.json").write_bytes(there.encode() if isinstance(there, str) else there)
        return cli("map", "generate", "main.wdl", "-o", "map.json", *TARGET, *options)

    return run


def written(folder: Path) -> Any:
    return json.loads((folder / "map.json").read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_every_workflow_of_ours_is_covered(name: str, cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    assert cli("map", "generate", WORKFLOWS / name, "-o", path, *TARGET).code == 0
    assert cli("map", "validate", path, "--region", REGION).code == 0
    images = cli("images", WORKFLOWS / name, "--container-registry-map", path, *TARGET, "--format", "json").json[
        "images"
    ]
    assert {one["status"] for one in images} <= {"private", "mapped", "dynamic"}
    assert all("<" not in (one["destination"] or "") for one in images)
    before = path.read_bytes()
    again = cli("map", "generate", WORKFLOWS / name, "-o", path, *TARGET)
    assert path.read_bytes() == before
    assert f"{path} is up to date" in again.err
    assert cli("map", "generate", WORKFLOWS / name, "-o", path, *TARGET, "--check").code == 0


def test_a_map_as_a_whole(generate: Callable[..., Result], in_folder: Path) -> None:
    found = generate(
        "ubuntu:22.04",
        "docker.io/staphb/kraken2:2.1.2",
        "quay.io/biocontainers/bwa:0.7.18--he4a0461_0",
        "lab.azurecr.io/tool:1",
        "us-docker.pkg.dev/project/repository/tool:1",
        "community.wave.seqera.io/library/samtools:1.20--b5dfbd93de237464",
        "us.gcr.io/broad-gatk/gatk:4.6.1.0",
        f"mcr.microsoft.com/dotnet/runtime@{SHA}",
        f"registry.example.org:5000/team/aligner:2.1@{SHA}",
        "index.docker.io/library/alpine:3",
        "Quay.io/org/shout:1",
        f"{ECR}/ours:1",
    )
    assert (
        (in_folder / "map.json").read_text()
        == f"""{{
  "registryMappings": [
    {{
      "upstreamRegistryUrl": "community.wave.seqera.io",
      "ecrRepositoryPrefix": "seqera",
      "credentialArn": "{PLACEHOLDER}seqera"
    }},
    {{
      "upstreamRegistryUrl": "lab.azurecr.io",
      "ecrRepositoryPrefix": "azure-lab"
    }},
    {{
      "upstreamRegistryUrl": "quay.io",
      "ecrRepositoryPrefix": "quay"
    }},
    {{
      "upstreamRegistryUrl": "registry-1.docker.io",
      "ecrRepositoryPrefix": "docker-hub"
    }},
    {{
      "upstreamRegistryUrl": "us-docker.pkg.dev",
      "ecrRepositoryPrefix": "google-us",
      "credentialArn": "{PLACEHOLDER}google-us"
    }}
  ],
  "imageMappings": [
    {{
      "sourceImage": "Quay.io/org/shout:1",
      "destinationImage": "{ECR}/quay.io/org/shout:1"
    }},
    {{
      "sourceImage": "index.docker.io/library/alpine:3",
      "destinationImage": "{ECR}/registry-1.docker.io/library/alpine:3"
    }},
    {{
      "sourceImage": "mcr.microsoft.com/dotnet/runtime@{SHA}",
      "destinationImage": "{ECR}/mcr.microsoft.com/dotnet/runtime@{SHA}"
    }},
    {{
      "sourceImage": "registry.example.org:5000/team/aligner:2.1@{SHA}",
      "destinationImage": "{ECR}/registry.example.org-5000/team/aligner:2.1@{SHA}"
    }},
    {{
      "sourceImage": "us.gcr.io/broad-gatk/gatk:4.6.1.0",
      "destinationImage": "{ECR}/us.gcr.io/broad-gatk/gatk:4.6.1.0"
    }}
  ]
}}
"""
    )
    assert found.code == 0
    assert found.out == ""
    assert "map.json: written, 5 registry mappings, 5 image mappings" in found.err
    assert found.err.count("MAP019") == 2


def test_a_workflow_that_needs_none_has_an_empty_map(generate: Callable[..., Result], in_folder: Path) -> None:
    assert generate(f"{ECR}/ours:1").code == 0
    assert (in_folder / "map.json").read_text() == "{}\n"


def test_stdout(cli: Cli, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text(wdl("quay.io/org/a:1"))
    for options in (("-o", "-"), ()):
        found = cli("map", "generate", "main.wdl", *TARGET, *options)
        assert json.loads(found.out) == {"registryMappings": [json.loads(QUAY)]}
        assert (found.code, found.err) == (0, "")
    assert sorted(path.name for path in in_folder.iterdir()) == ["main.wdl"]


class TestMerging:
    """What is written by hand stays, byte for byte."""

    MISSING = "us.gcr.io/org/b:1"
    COPY = f"{ECR}/us.gcr.io/org/b:1"

    @pytest.mark.parametrize(
        ("there", "after"),
        [
            ("{}", '{\n  "imageMappings": [\n    {\n      "sourceImage": "S",\n      "destinationImage": "D"\n    }\n  ]\n}'),
            ('{"imageMappings": []}\n', '{"imageMappings": [\n  {\n    "sourceImage": "S",\n    "destinationImage": "D"\n  }\n]}\n'),
            ('{"imageMappings": [{"sourceImage": "x:1", "destinationImage": "E/x:1"}]}', '{"imageMappings": [{"sourceImage": "x:1", "destinationImage": "E/x:1"}, {"sourceImage": "S", "destinationImage": "D"}]}'),
            ('{\n\t"imageMappings": [\n\t\t{"sourceImage": "x:1", "destinationImage": "E/x:1"}\n\t]\n}\n', '{\n\t"imageMappings": [\n\t\t{"sourceImage": "x:1", "destinationImage": "E/x:1"},\n\t\t{"sourceImage": "S", "destinationImage": "D"}\n\t]\n}\n'),
            ('{\r\n  "imageMappings": [\r\n    {\r\n      "destinationImage": "E/x:1",\r\n      "sourceImage": "x:1"\r\n    }\r\n  ]\r\n}\r\n', '{\r\n  "imageMappings": [\r\n    {\r\n      "destinationImage": "E/x:1",\r\n      "sourceImage": "x:1"\r\n    },\r\n    {\r\n      "sourceImage": "S",\r\n      "destinationImage": "D"\r\n    }\r\n  ]\r\n}\r\n'),
            ('\ufeff{"registryMappings": []}', '\ufeff{"registryMappings": [], "imageMappings": [\n  {\n    "sourceImage": "S",\n    "destinationImage": "D"\n  }\n]}'),
            ('{\n    "registryMappings": [ ]\n}', '{\n    "registryMappings": [ ],\n    "imageMappings": [\n      {\n        "sourceImage": "S",\n        "destinationImage": "D"\n      }\n    ]\n}'),
        ],
    )  # fmt: skip
    def test_layouts(self, generate: Callable[..., Result], in_folder: Path, there: str, after: str) -> None:
        there, after = there.replace('"E/', f'"{ECR}/'), after.replace('"E/', f'"{ECR}/')
        assert generate(self.MISSING, there=there).code == 0
        wanted = after.replace('"S"', f'"{self.MISSING}"').replace('"D"', f'"{self.COPY}"')
        assert (in_folder / "map.json").read_bytes().decode() == wanted

    def test_by_hand_first_then_what_is_new_in_order(self, generate: Callable[..., Result], in_folder: Path) -> None:
        there = f"""{{
  "registryMappings": [
    {{"upstreamRegistryUrl": "registry.k8s.io", "ecrRepositoryPrefix": "quay"}},
    {{"ecrRepositoryPrefix": "bio",   "upstreamRegistryUrl": "quay.io", "upstreamRepositoryPrefix": "biocontainers"}}
  ],
  "imageMappings": [
    {{"sourceImage": "us.gcr.io/z/hand:1", "destinationImage": "{ECR}/hand:1"}}
  ]
}}
"""
        images = ("us.gcr.io/z/hand:1", "us.gcr.io/b/b:1", "us.gcr.io/a/a:1", "quay.io/org/x:1", "quay.io/biocontainers/y:1", "alpine:3")  # fmt: skip
        found = generate(*images, there=there)
        text = (in_folder / "map.json").read_text()
        kept = there.partition("\n  ],")[0]
        assert text.startswith(kept)
        new = [one["upstreamRegistryUrl"] for one in written(in_folder)["registryMappings"]]
        assert new == ["registry.k8s.io", "quay.io", "quay.io", "registry-1.docker.io"]
        # `quay` is taken by hand: two cache rules cannot have one prefix.
        assert written(in_folder)["registryMappings"][2]["ecrRepositoryPrefix"] == "quay-2"
        sources = [one["sourceImage"] for one in written(in_folder)["imageMappings"]]
        assert sources == ["us.gcr.io/z/hand:1", "us.gcr.io/a/a:1", "us.gcr.io/b/b:1"]
        assert "map.json: added the registry `quay.io`\n" in found.err
        assert "map.json: added the image `us.gcr.io/a/a:1`\n" in found.err
        assert "map.json: written, 2 new registry mappings, 2 new image mappings" in found.err

    def test_what_covers_already_is_left_alone(self, generate: Callable[..., Result], in_folder: Path) -> None:
        there = '{"registryMappings":[{"ecrRepositoryPrefix":"mirror","upstreamRegistryUrl":"quay.io"}]}'
        found = generate("quay.io/org/a:1", there=there)
        assert (in_folder / "map.json").read_text() == there
        assert found.err == "map.json is up to date\n"

    def test_a_match_that_is_not_documented_stays_and_is_said(self, generate: Callable[..., Result], in_folder: Path) -> None:  # fmt: skip
        there = json.dumps({"imageMappings": [{"sourceImage": "us.gcr.io/org/b", "destinationImage": f"{ECR}/b"}]})
        found = generate("us.gcr.io/org/b:1", there=there)
        assert (in_folder / "map.json").read_text() == there
        assert (
            "note: `us.gcr.io/org/b:1` is covered by `imageMappings[0]`, but `us.gcr.io/org/b` has no tag" in found.err
        )

    def test_another_map_is_taken_as_it_is(self, generate: Callable[..., Result], in_folder: Path) -> None:
        (in_folder / "team.json").write_text(f'{{"registryMappings": [{QUAY}]}}')
        found = generate("quay.io/org/a:1", "alpine:3", options=("--container-registry-map", "team.json"))
        assert [one["upstreamRegistryUrl"] for one in written(in_folder)["registryMappings"]] == ["quay.io", "registry-1.docker.io"]  # fmt: skip
        assert (in_folder / "team.json").read_text() == f'{{"registryMappings": [{QUAY}]}}'
        assert found.code == 0

    def test_two_sources_never_share_a_repository(self, generate: Callable[..., Result], in_folder: Path) -> None:
        there = json.dumps({"imageMappings": [{"sourceImage": "other.example/b:1", "destinationImage": self.COPY}]})
        generate(self.MISSING, "us.gcr.io/org/b:2", there=there)
        destinations = [one["destinationImage"] for one in written(in_folder)["imageMappings"]]
        assert len({one.rpartition(":")[0] for one in destinations}) == 2
        assert destinations[1].startswith(f"{ECR}/us.gcr.io/org/b-")
        assert destinations[1].rpartition(":")[0] == destinations[2].rpartition(":")[0]

    @pytest.mark.parametrize(
        ("there", "words"),
        [
            (b"registryMappings:\n  - upstreamRegistryUrl: quay.io\n", ["MAP002", "the registry map is YAML, expected JSON", "hint: write the same map as JSON"]),
            (b'{"registryMappings": [', ["MAP002", "is not JSON"]),
            (b'{"registryMappings": {}}', ["MAP001"]),
            (b'{"imageMappings": [], "imageMappings": []}', ["MAP002", "occurs twice"]),
            (b"[]", ["MAP001"]),
            (b"\xff", ["MAP002", "not UTF-8"]),
        ],
    )  # fmt: skip
    def test_what_is_no_map_is_not_touched(
        self, generate: Callable[..., Result], in_folder: Path, there: bytes, words: list[str]
    ) -> None:
        found = generate("quay.io/org/a:1", there=there)
        assert found.code == 1
        assert (in_folder / "map.json").read_bytes() == there
        assert all(word in found.err for word in [*words, "nothing was written"])


class TestCheck:
    def test_a_complete_map(self, generate: Callable[..., Result]) -> None:
        generate("quay.io/org/a:1")
        found = generate("quay.io/org/a:1", options=("--check",))
        assert (found.code, found.out, found.err) == (0, "", "map.json is up to date\n")

    def test_what_is_missing_is_named_and_nothing_written(self, generate: Callable[..., Result], in_folder: Path) -> None:  # fmt: skip
        there = f'{{"registryMappings": [{QUAY}]}}'
        found = generate("quay.io/org/a:1", "alpine:3", "us.gcr.io/org/b:1", there=there, options=("--check",))
        assert found.code == 1
        assert found.err.splitlines() == [
            "map.json: no mapping for the registry `registry-1.docker.io`",
            "map.json: no mapping for the image `us.gcr.io/org/b:1`",
            "map.json is out of date: update it with `packager map generate main.wdl -o map.json`",
        ]
        assert (in_folder / "map.json").read_text() == there

    def test_no_map_at_all(self, generate: Callable[..., Result], in_folder: Path) -> None:
        found = generate("quay.io/org/a:1", options=("--check",))
        assert found.code == 1
        assert found.err.startswith(
            "map.json: no mapping for the registry `quay.io`\nmap.json does not exist: create it with "
        )
        assert not (in_folder / "map.json").exists()

    def test_errors_of_the_map_count_too(self, generate: Callable[..., Result]) -> None:
        there = '{"registryMappings": [{"upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "nvidia"}]}'
        found = generate("nvcr.io/nvidia/a:1", there=there, options=("--check",))
        assert found.code == 1
        assert "MAP007" in found.err
        assert "map.json is up to date" in found.err

    def test_without_a_file(self, cli: Cli, in_folder: Path) -> None:
        (in_folder / "main.wdl").write_text(wdl("quay.io/org/a:1"))
        for options in ((), ("-o", "-")):
            found = cli("map", "generate", "main.wdl", *TARGET, "--check", *options)
            assert found.code == 2
            assert "--check needs a map to compare with" in found.err


class TestSaying:
    """What no entry can bring is said on stderr."""

    def test_private_images_elsewhere(self, generate: Callable[..., Result]) -> None:
        other = f"444455556666.dkr.ecr.{REGION}.amazonaws.com/a:1"
        far = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/b:1"
        found = generate(other, far, f"{ECR}/c:1")
        assert [line for line in found.err.splitlines() if line.startswith("note")] == [
            f"note: `{far}` is in `eu-west-1`, but the target is in `us-east-1`: copy the image there",
            f"note: `{other}` is in the account 444455556666: the policy of its repository has to allow the pull",
        ]
        assert found.code == 0

    def test_what_is_no_image(self, generate: Callable[..., Result], in_folder: Path) -> None:
        found = generate("docker://quay.io/org/a:1")
        assert "note: `docker://quay.io/org/a:1` starts with the scheme `docker://`: not covered\n" in found.err
        assert written(in_folder) == {}

    def test_dynamic_images(self, cli: Cli, in_folder: Path) -> None:
        (in_folder / "main.wdl").write_text("""version 1.0
workflow main {
    input { Boolean big  String given }
    call one { input: image = if big then "quay.io/org/big:1" else "us.gcr.io/org/small:1" }
    call two { input: image = given }
}
task one { input { String image } command <<< true >>> runtime { docker: image } }
task two { input { String image } command <<< true >>> runtime { docker: image } }
""")
        found = cli("map", "generate", "main.wdl", "-o", "map.json", *TARGET)
        assert [one["upstreamRegistryUrl"] for one in written(in_folder)["registryMappings"]] == ["quay.io"]
        assert [one["sourceImage"] for one in written(in_folder)["imageMappings"]] == ["us.gcr.io/org/small:1"]
        notes = [line for line in found.err.splitlines() if line.startswith("note")]
        subject = "note: the image `image` of task"
        assert notes == [
            f"{subject} `two` is known only when the workflow runs and depends on `given`: not covered",
            f"{subject} `one` is known only when the workflow runs and depends on `big`: its 2 candidates are covered, no other image",
        ]

    def test_more_than_the_console_takes(self, generate: Callable[..., Result]) -> None:
        images = [f"us.gcr.io/org/tool{number}:1" for number in range(limits.CONSOLE_IMAGE_MAPPINGS + 1)]
        found = generate(*images)
        assert "warning MAP003 the map has 101 image mappings, at most 100 are allowed in the console" in found.err
        assert found.code == 0

    def test_an_incomplete_workflow(self, cli: Cli, in_folder: Path) -> None:
        (in_folder / "main.wdl").write_text(
            'version 1.0\nimport "missing.wdl" as missing\nworkflow main { call missing.x }\n'
        )
        found = cli("map", "generate", "main.wdl", "-o", "map.json", *TARGET)
        assert "WDL050" in found.err
        assert "note: parts of the workflow could not be read: it may have more images" in found.err

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ((), "the account and the Region are unknown"),
            (("--account", ACCOUNT), "the Region is unknown"),
            (("--region", REGION), "the account is unknown"),
            (("--account", "1234", "--region", REGION), "`1234` is not an AWS account"),
            (("--account", ACCOUNT, "--region", "Virginia"), "`Virginia` is not a Region of HealthOmics"),
        ],
    )
    def test_the_target_has_to_be_known(self, cli: Cli, in_folder: Path, options: tuple[str, ...], words: str) -> None:
        (in_folder / "main.wdl").write_text(wdl("quay.io/org/a:1"))
        found = cli("map", "generate", "main.wdl", "-o", "map.json", *options)
        assert found.code == 2
        assert words in found.err
        assert not (in_folder / "map.json").exists()


def test_a_target_of_the_configuration(cli: Cli, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text(wdl("us.gcr.io/org/b:1"))
    (in_folder / "packager.toml").write_text(
        f'[target.prod]\naccount = "{ACCOUNT}"\nregion = "eu-west-1"\ncontainer-registry-map = "prod.json"\n'
    )
    # The map that the target names need not be there yet.
    assert cli("map", "generate", "main.wdl", "--target", "prod", "--check").code == 1
    assert cli("map", "generate", "main.wdl", "--target", "prod", "-o", "./prod.json").code == 0
    (mapping,) = json.loads((in_folder / "prod.json").read_text())["imageMappings"]
    assert mapping["destinationImage"] == f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/us.gcr.io/org/b:1"
    assert cli("map", "generate", "main.wdl", "--target", "prod", "--check").code == 0


class TestAccount:
    """MAP019, MAP020 and MAP021: what a map expects of the account."""

    BODY = (
        '{"registryMappings": [\n'
        '  {"upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "nvidia", "credentialArn": "ARN"}\n'
        "]}\n"
    )

    @pytest.mark.parametrize(
        ("secret", "found"),
        [
            ("REPLACE-ME-nvidia", True),
            ("REPLACE-ME-", True),
            ("ngc-AbCdEf", False),
            ("team/REPLACE-ME-not", False),
            ("replace-me-AbCdEf", False),
        ],
    )
    def test_placeholder(self, cli: Cli, tmp_path: Path, secret: str, found: bool) -> None:
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{secret}"
        (tmp_path / "map.json").write_text(self.BODY.replace("ARN", arn))
        diagnostics = cli("map", "validate", tmp_path / "map.json", "--format", "json").json["diagnostics"]
        assert [(one["code"], one["severity"], one["line"], one["column"], one["message"]) for one in diagnostics] == (
            [("MAP019", "warning", 2, 88, "the `credentialArn` of `nvcr.io` is still a placeholder")] if found else []
        )

    def test_submit_refuses_it_with_and_without_lint(self, cli: Cli, in_folder: Path) -> None:
        (in_folder / "main.wdl").write_text(wdl("nvcr.io/nvidia/a:1"))
        assert cli("map", "generate", "main.wdl", "-o", "map.json", *TARGET).code == 0
        common = ("main.wdl", "--container-registry-map", "map.json", "--region", REGION, "--format", "json")
        linted = cli("lint", *common)
        assert [(one["code"], one["severity"]) for one in linted.json["diagnostics"] if one["code"].startswith("MAP")] == [("MAP019", "warning")]  # fmt: skip
        for options in ((), ("--no-lint",)):
            refused = cli("submit", *common, "--dry-run", *options)
            assert refused.code == 1
            (found,) = [one for one in refused.json["diagnostics"] if one["code"] == "MAP020"]
            assert (found["path"], found["line"], found["severity"]) == ("map.json", 6, "error")
            assert found["message"] == "the `credentialArn` of `nvcr.io` in the request is still a placeholder"
        mended = (in_folder / "map.json").read_text().replace("REPLACE-ME-nvidia", "ngc-AbCdEf")
        (in_folder / "map.json").write_text(mended)
        assert cli("submit", *common, "--dry-run", "--no-lint").code == 0

    @pytest.mark.parametrize(
        ("host", "prefix", "message"),
        [
            ("quay.io", "Quay", "`Quay` is not a valid ECR repository prefix"),
            ("quay.io", "/quay", "`/quay` is not a valid ECR repository prefix"),
            ("quay.io", "quay..io", "`quay..io` is not a valid ECR repository prefix"),
            ("quay.io", "quay mirror", "`quay mirror` is not a valid ECR repository prefix"),
            ("quay.io", "a" * 31, "the prefix has 31 characters, at most 30 are allowed in a cache rule"),
            ("quay.io", "a" * 30, None),
            ("quay.io", "quay/", None),
            ("quay.io", "team/quay-mirror_1", None),
            ("quay.io", "ROOT", None),
            # No cache rule: the prefix is only the beginning of a repository's name.
            ("nvcr.io", "a" * 31, None),
        ],
    )
    def test_prefix(self, cli: Cli, tmp_path: Path, host: str, prefix: str, message: str | None) -> None:
        body = {"registryMappings": [{"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": host}]}
        (tmp_path / "map.json").write_text(json.dumps(body))
        diagnostics = cli("map", "validate", tmp_path / "map.json", "--format", "json").json["diagnostics"]
        found = [(one["column"], one["severity"], one["message"]) for one in diagnostics if one["code"] == "MAP021"]
        assert found == ([] if message is None else [(47, "error", message)])


@pytest.mark.parametrize("name", ["map.yaml", "map.yml", "map.json"])
def test_a_map_in_yaml_is_refused_with_a_word_of_help(cli: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("# ours\nimageMappings:\n  - sourceImage: ubuntu\n    destinationImage: x\n")
    found = cli("map", "validate", tmp_path / name, "--format", "json")
    assert found.code == 1
    (diagnostic,) = found.json["diagnostics"]
    assert (diagnostic["code"], diagnostic["line"], diagnostic["column"]) == ("MAP002", 1, 1)
    assert diagnostic["message"] == "the registry map is YAML, expected JSON"
    assert diagnostic["hint"] == "write the same map as JSON"


@pytest.mark.parametrize(
    ("host", "prefix"),
    [
        *limits.CACHE_PREFIXES.items(),
        ("community.wave.seqera.io", "seqera"),
        ("wave.seqera.io", "seqera-wave"),
        ("nvcr.io", "nvidia"),
        ("gcr.io", "google"),
        ("us-docker.pkg.dev", "google-us"),
        ("europe-west1-docker.pkg.dev", "google-europe-west1"),
        ("dsppipelinedev.azurecr.io", "azure-dsppipelinedev"),
        ("a1b2.azurecr.io", "azure-a1b2"),
    ],
)
def test_prefixes(host: str, prefix: str) -> None:
    assert default_prefix(host) == prefix


def test_long_hosts_have_short_prefixes_of_their_own() -> None:
    found = [default_prefix(f"{'a' * 40}{end}.azurecr.io") for end in "bcd"]
    assert len(set(found)) == 3
    for prefix in found:
        assert re.fullmatch(r"azure-a{15}-[0-9a-f]{8}", prefix)
        assert len(prefix) == limits.ECR_PREFIX_MAX


def test_the_names_that_ecr_takes_are_those_of_the_installed_model() -> None:
    from botocore.session import Session

    shape = Session().get_service_model("ecr").shape_for
    prefix, name = shape("PullThroughCacheRuleRepositoryPrefix").metadata, shape("RepositoryName").metadata
    assert prefix["pattern"].strip("^$").strip("()") == limits.ECR_PREFIX_PATTERN.strip("()")
    assert prefix["max"] == limits.ECR_PREFIX_MAX
    assert name["max"] == limits.ECR_REPOSITORY_MAX


# The laws.

_HOSTS = st.sampled_from(
    [
        "", "docker.io", "registry-1.docker.io", "index.docker.io", "quay.io", "Quay.io", "ghcr.io", "public.ecr.aws", "nvcr.io", "gcr.io",
        "us.gcr.io", "eu-docker.pkg.dev", "lab.azurecr.io", "Lab.azurecr.io", "community.wave.seqera.io", "localhost:5000", "h.example:443",
        "h.example-443", "[::1]:5000", "a--b.example", ECR, f"444455556666.dkr.ecr.{REGION}.amazonaws.com",
    ]
)  # fmt: skip
_NAMES = st.sampled_from(["a", "a/b", "library/a", "x/y_z", "x/y__z", "x/y--z", "long/" + "n" * 250])
_REFERENCES = st.builds(
    ImageReference, _HOSTS, _NAMES, st.sampled_from([None, "1", "latest", "2.1--h0_1"]), st.sampled_from([None, SHA])
).filter(lambda one: one.registry != "" or "." not in one.repository.split("/")[0])


def use(reference: ImageReference) -> ImageUse:
    return ImageUse(ImageStatus.LITERAL, reference, (TaskUse("t", Place("main.wdl", 1, 1)),))


_USES = st.lists(_REFERENCES, max_size=8).map(lambda found: tuple(use(one) for one in found))
_BASES = st.sampled_from(
    [
        "{}",
        f'{{"registryMappings": [{QUAY}]}}',
        '{\n  "registryMappings": [\n    {\n      "upstreamRegistryUrl": "ghcr.io",\n      "ecrRepositoryPrefix": "docker-hub"\n    }\n  ]\n}\n',
        f'{{"imageMappings": [{{"sourceImage": "us.gcr.io/a:1", "destinationImage": "{ECR}/lab.azurecr.io/a:1"}}]}}',
        f'{{"imageMappings":[{{"sourceImage":"a","destinationImage":"{ECR}/a"}}],"registryMappings":[]}}',
        '\ufeff{ }\r\n',
    ]
)  # fmt: skip
_HERE = EcrRegistry(ACCOUNT, REGION)


def understood(text: str) -> RegistryMap:
    known, faults = read("map.json", text.encode())
    assert known is not None
    assert faults == ()
    return known


@given(_USES)
def test_generated_maps_cover_and_keep_the_version(uses: tuple[ImageUse, ...]) -> None:
    known = understood(new_text(additions(uses, None, _HERE)))
    assert additions(uses, known, _HERE).entries == ()
    destinations: dict[str, set[str]] = {}
    for one in uses:
        reference = one.reference
        assert reference is not None
        found = resolve(reference, known, account=ACCOUNT, region=REGION)
        assert found.status is (Status.PRIVATE if reference.is_private else Status.MAPPED)
        assert not found.doubtful
        assert isinstance(found.destination, ImageReference)
        assert (found.destination.tag, found.destination.digest) == (reference.tag, reference.digest)
        image = reference.normal().without_version().format()
        destinations.setdefault(str(found.destination.without_version()), set()).add(image)
    assert all(len(images) == 1 for images in destinations.values())


@given(_USES, _BASES)
def test_completing_a_map_keeps_it_and_happens_once(uses: tuple[ImageUse, ...], base: str) -> None:
    before = understood(base)
    after = merged(base.encode(), additions(uses, before, _HERE))
    known = understood(after.decode())
    count = len(before.registry_mappings), len(before.image_mappings)
    for kind, number in zip(("registryMappings", "imageMappings"), count, strict=True):
        assert json.loads(known.text).get(kind, [])[:number] == json.loads(before.text).get(kind, [])
    again = additions(uses, known, _HERE)
    assert again.entries == ()
    assert merged(after, again) == after
    for one in uses:
        assert one.reference is not None
        assert resolve(one.reference, known).status is not Status.UNMAPPED


@given(_USES, st.randoms())
def test_the_order_of_images_means_nothing(uses: tuple[ImageUse, ...], shuffle: Any) -> None:
    other = list(uses)
    shuffle.shuffle(other)
    assert new_text(additions(other, None, _HERE)) == new_text(additions(uses, None, _HERE))


@given(_REFERENCES)
def test_a_copy_has_a_name_that_ecr_takes(reference: ImageReference) -> None:
    name = repository_for(reference)
    assert 2 <= len(name) <= limits.ECR_REPOSITORY_MAX
    copy = ImageReference(ECR, name, reference.tag, reference.digest)
    assert parse(copy.format()) == copy
