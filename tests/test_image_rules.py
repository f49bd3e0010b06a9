"""The IMG rules, one by one, and what is said of images that only a run decides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from packager.findings.diagnostic import Place, Skipped
from packager.images.registry_map import RegistryMap, read
from packager.images.usage import unique_images
from packager.model.facts import Engine, ImageStatus, Input, Task, TaskImage, Workflow
from packager.model.image_reference import read_name
from packager.rules import RULES, Facts
from packager.rules.images.sources import unchecked_images
from packager.rules.rule import Subject
from packager.rules.run import run

ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
SHA = "sha256:" + "0123456789abcdef" * 4
CODES = sorted(code for code in RULES if code.startswith("IMG"))
QUAY = {"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}


def the_map(body: dict[str, Any] | None) -> RegistryMap | None:
    return read("map.json", json.dumps(body).encode())[0] if body is not None else None


def task(name: str, line: int, text: str | None, *, runs_container: bool = True) -> Task:
    place = Place("main.wdl", line, 1)
    if text is None:
        return Task(name, place, TaskImage(ImageStatus.NONE, place), runs_container=runs_container)
    image = TaskImage(ImageStatus.LITERAL, Place("main.wdl", line + 3, 16), f'"{text}"', read_name(text))
    return Task(name, place, image, runs_container=runs_container)


def workflow(*tasks: Task, inputs: tuple[Input, ...] = (), complete: bool = True) -> Workflow:
    return Workflow(Engine.WDL, "main.wdl", "main", "1.1", inputs=inputs, tasks=tasks, complete=complete)


def facts(made: Workflow, body: dict[str, Any] | None = None, **more: Any) -> Facts:
    return Facts(workflow=made, images=unique_images(made), registry_map=the_map(body), **more)


def judged(given_facts: Facts) -> list[tuple[str, str, int, str]]:
    """Every IMG finding: code, severity, line, message."""
    return [
        (code, (found.severity or RULES[code].code.severity).value, found.place.line, found.message)
        for code in CODES
        for found in RULES[code].check(given_facts)
    ]


def codes(text: str, body: dict[str, Any] | None = None, **more: Any) -> list[str]:
    return [f"{one[0]} {one[1]}" for one in judged(facts(workflow(task("x", 1, text)), body, **more))]


def _example(text: str) -> Facts:
    files = dict(re.findall(r"^(\S+)\n((?:^[ \t].*\n?|^\n)+)", text, re.MULTILINE))
    region = re.search(r"--region (\S+)", text)
    container = re.search(r'container: "([^"]+)"', files["main.wdl"])
    body = json.loads(files["map.json"]) if "map.json" in files else None
    made = workflow(task("greet", 4, container[1] if container else None))
    return facts(made, body, region=region[1] if region else None)


@pytest.mark.parametrize("code", CODES)
def test_examples_of_the_documentation(code: str) -> None:
    rule = RULES[code]
    assert list(rule.check(_example(rule.code.bad))), "the bad example is not reported"
    assert [one for one in CODES if list(RULES[one].check(_example(rule.code.good)))] == []


@pytest.mark.parametrize(
    ("text", "body", "more", "expected"),
    [
        # Private ECR and covered images are fine.
        (f"{ECR}/a:1", None, {}, []),
        (f"{ECR}/a:1", QUAY, {"target": True, "region": "us-east-1"}, []),
        (f"{ECR}/a@{SHA}", None, {}, []),
        (f"{ECR}/a:latest@{SHA}", None, {}, []),
        ("quay.io/org/a:1", QUAY, {}, []),
        ("quay.io/org/a:1", QUAY, {"target": True, "region": "eu-west-2"}, []),
        # Uncovered: a warning where nothing is decided yet, an error with a map or a target.
        ("quay.io/org/a:1", None, {}, ["IMG001 warning"]),
        ("alpine:3", None, {}, ["IMG001 warning"]),
        ("public.ecr.aws/lts/ubuntu:22.04", None, {}, ["IMG001 warning"]),
        ("quay.io/org/a:1", None, {"target": True}, ["IMG001 error"]),
        ("ghcr.io/org/a:1", QUAY, {}, ["IMG001 error"]),
        ("ghcr.io/org/a:1", {}, {}, ["IMG001 error"]),
        ("ghcr.io/org/a:1", QUAY, {"target": True}, ["IMG001 error"]),
        # Another Region, only where the Region is known.
        (f"{ECR}/a:1", None, {"region": "eu-west-2"}, ["IMG002 error"]),
        (f"{ECR}/a:1", None, {"region": None}, []),
        # Mutable, private and public alike.
        (f"{ECR}/a", None, {}, ["IMG004 warning"]),
        (f"{ECR}/a:latest", None, {}, ["IMG004 warning"]),
        ("quay.io/org/a:latest", QUAY, {}, ["IMG004 warning"]),
        ("quay.io/org/a", QUAY, {}, ["IMG004 warning"]),
        ("quay.io/org/a:latest-1.0", QUAY, {}, []),
        # Malformed: one finding, not also an uncovered image.
        ("docker://quay.io/org/a:1", QUAY, {}, ["IMG005 error"]),
        ("docker://quay.io/org/a:1", None, {}, ["IMG005 error"]),
        ("https://depot.galaxyproject.org/singularity/a", None, {}, ["IMG005 error"]),
        ("quay.io/Org/a:1", QUAY, {}, ["IMG005 error"]),
        ("quay.io/org/a:~{version}", QUAY, {}, ["IMG005 error"]),
        ("", None, {}, ["IMG005 error"]),
    ],
)
def test_judgement(text: str, body: dict[str, Any] | None, more: dict[str, Any], expected: list[str]) -> None:
    assert codes(text, body, **more) == expected


def test_an_image_mapping_to_a_version_makes_a_mutable_image_fine() -> None:
    mapping = {"sourceImage": "ubuntu", "destinationImage": f"{ECR}/ubuntu:22.04"}
    assert codes("ubuntu", {"imageMappings": [mapping]}) == []
    mapping = {"sourceImage": "ubuntu", "destinationImage": f"{ECR}/ubuntu"}
    assert codes("ubuntu", {"imageMappings": [mapping]}) == ["IMG004 warning"]


def test_an_undocumented_match_is_information() -> None:
    mapping = {"sourceImage": "ubuntu", "destinationImage": f"{ECR}/ubuntu:22.04"}
    ((code, severity, _, message),) = judged(
        facts(workflow(task("x", 1, "ubuntu:22.04")), {"imageMappings": [mapping]})
    )
    assert (code, severity) == ("IMG006", "info")
    assert message == (
        "the image `ubuntu:22.04` (task `x`) is covered by `imageMappings[0]`, but `ubuntu` has no "
        "tag, and whether it matches every tag is not documented"
    )


@pytest.mark.parametrize(
    ("text", "host", "expected"),
    [
        ("index.docker.io/org/a:1", "registry-1.docker.io", ["IMG006 info"]),
        ("Quay.io/org/a:1", "quay.io", ["IMG006 info"]),
        ("docker.io/org/a:1", "registry-1.docker.io", []),
        # The spelling of the map is judged once, at the map.
        ("org/a:1", "docker.io", []),
        ("quay.io/org/a:1", "Quay.io", []),
    ],
)
def test_a_spelling_is_judged_once(text: str, host: str, expected: list[str]) -> None:
    mapping = {"upstreamRegistryUrl": host, "ecrRepositoryPrefix": "p"}
    assert codes(text, {"registryMappings": [mapping]}) == expected


def test_one_finding_for_each_image_at_its_first_task() -> None:
    made = workflow(
        task("late", 30, "quay.io/org/a:1"),
        task("early", 10, "quay.io/org/a:1"),
        task("other", 20, "ghcr.io/org/b:1"),
        task("early_too", 10, "quay.io/org/c:1"),
        task("last", 40, "quay.io/org/a:1"),
    )
    assert [one for one in judged(facts(made)) if "a:1" in one[3]] == [
        (
            "IMG001",
            "warning",
            13,
            "the image `quay.io/org/a:1` (task `early` and 2 more) is not in private ECR",
        )
    ]
    assert len(judged(facts(made))) == 3


def test_the_hint_names_the_host_to_map() -> None:
    made = workflow(task("x", 1, "alpine:3"))
    (found,) = RULES["IMG001"].check(facts(made, QUAY))
    assert found.message == "no mapping covers the image `alpine:3` (task `x`)"
    assert found.hint == ("add a mapping for `registry-1.docker.io` to the map, or copy its images to private ECR")


def test_the_hint_for_a_docker_prefix_is_the_bare_image() -> None:
    made = workflow(task("x", 1, "docker://quay.io/org/a:1"))
    (found,) = RULES["IMG005"].check(facts(made))
    assert found.message == "the image `docker://quay.io/org/a:1` (task `x`) starts with the scheme `docker://`"
    assert found.hint == "write `quay.io/org/a:1`"


class TestTaskWithoutImage:
    def test_each_task_at_its_own_place(self) -> None:
        made = workflow(task("a", 5, None), task("b", 9, f"{ECR}/x:1"), task("c", 20, None))
        assert judged(facts(made)) == [
            ("IMG003", "warning", 5, "the task `a` has no container image"),
            ("IMG003", "warning", 20, "the task `c` has no container image"),
        ]

    def test_what_runs_in_the_engine_needs_none(self) -> None:
        made = workflow(task("expression", 5, None, runs_container=False))
        assert judged(facts(made)) == []

    def test_an_incomplete_workflow_proves_nothing(self) -> None:
        report = run(facts(workflow(task("a", 5, None), complete=False)), [Subject.WORKFLOW])
        assert "IMG003" not in {found.code for found in report.diagnostics}
        assert [one.reason for one in report.skipped if one.code == "IMG003"] == [
            "a part of the workflow cannot be read: what it defines is unknown"
        ]


def dynamic(name: str, line: int, *depends_on: str) -> Task:
    place = Place("main.wdl", line, 16)
    image = TaskImage(ImageStatus.DYNAMIC, place, "docker", None, (), depends_on)
    return Task(name, Place("main.wdl", line - 3, 1), image)


def declared(name: str, default: str | None = None) -> Input:
    return Input(name, "String", default is not None, default, "", Place("main.wdl", 2))


class TestUncheckedImages:
    def said(self, *tasks: Task, inputs: tuple[Input, ...] = ()) -> tuple[Skipped, ...]:
        given_facts = facts(workflow(*tasks, inputs=inputs), QUAY)
        assert judged(given_facts) == []
        return unchecked_images(given_facts)

    def test_one_task(self) -> None:
        assert self.said(dynamic("x", 12, "docker_image"), inputs=(declared("docker_image"),)) == (
            Skipped(
                "IMG001",
                "the image of task `x` (`main.wdl` line 12) depends on `docker_image`, which has no default",
            ),
        )

    def test_many_tasks_of_one_input_are_one_line(self) -> None:
        tasks = [dynamic(f"t{n}", 10 * n + 10, "docker_image") for n in range(5)]
        assert self.said(*tasks, inputs=(declared("docker_image"),)) == (
            Skipped(
                "IMG001",
                "the images of 5 tasks (`t0`, `t1`, `t2` and 2 more) depend on `docker_image`, which has no default",
            ),
        )

    def test_inputs_apart_and_together(self) -> None:
        reasons = [
            one.reason
            for one in self.said(
                dynamic("a", 10, "tag"),
                dynamic("b", 20, "registry", "tag"),
                dynamic("c", 30),
                dynamic("d", 40, "flag"),
                inputs=(declared("tag"), declared("registry"), declared("flag", "true")),
            )
        ]
        here = [f"the image of task `{name}` (`main.wdl` line {line})" for name, line in self.OPEN]
        assert reasons == [
            f"{here[0]} is known only when the workflow runs",
            f"{here[1]} depends on `flag`",
            f"{here[2]} depends on `registry` and `tag`, which have no default",
            f"{here[3]} depends on `tag`, which has no default",
        ]

    OPEN = (("c", 30), ("d", 40), ("b", 20), ("a", 10))

    def test_nothing_dynamic_nothing_said(self) -> None:
        assert self.said(task("x", 1, "quay.io/org/a:1")) == ()


DIGEST = "sha256:" + "1" * 64
NGC = {
    "registryMappings": [
        {
            "upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "ngc",
            "credentialArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:ngc-AbCdEf",
        }
    ]
}  # fmt: skip
MIRRORED = {"imageMappings": [{"sourceImage": f"quay.io/org/a:1@{DIGEST}", "destinationImage": f"{ECR}/a@{DIGEST}"}]}


@pytest.mark.parametrize(
    ("image", "body", "expected"),
    [
        (f"quay.io/org/a:1@{DIGEST}", QUAY, ["IMG010 info"]), (f"quay.io/org/a@{DIGEST}", QUAY, ["IMG010 info"]),
        ("quay.io/org/a:1", QUAY, []), (f"nvcr.io/org/a:1@{DIGEST}", NGC, []), (f"quay.io/org/a:1@{DIGEST}", MIRRORED, []),
        (f"{ECR}/a@{DIGEST}", QUAY, []), (f"quay.io/org/a@{DIGEST}", None, ["IMG001 warning"]),
    ],
)  # fmt: skip
def test_a_digest_behind_a_cache(image: str, body: dict[str, Any] | None, expected: list[str]) -> None:
    assert codes(image, body) == expected


def test_the_hint_about_tags_names_digests_only_where_they_work(
    cli: Cli, files: Callable[[dict[str, str]], Path]
) -> None:
    for image, word in (("quay.io/org/a:latest", False), ("nvcr.io/org/a:latest", True), (f"{ECR}/a:latest", True)):
        text = f'version 1.1\nworkflow w {{ call t }}\ntask t {{ command <<<>>> runtime {{ docker: "{image}" }} }}\n'
        result = cli("lint", files({"main.wdl": text}), "--format", "json", "--select", "IMG004")
        (found,) = result.json["diagnostics"]
        assert ("digest" in found["hint"]) is word, image


def test_a_template_of_a_definition_is_one_line(cli: Cli, files: Callable[[dict[str, str]], Path]) -> None:
    tasks = "".join(
        f'task {name} {{ command <<<>>> runtime {{ docker: "{{{{ repo }}}}/{name}:{{{{ {name} }}}}" }} }}\n'
        for name in "ab"
    )
    folder = files({"main.wdl": f"version 1.1\nworkflow w {{ call a call b }}\n{tasks}"})
    told = cli("lint", folder, "--select", "IMG005").out
    assert told.startswith(
        "error IMG005 2 images contain placeholders that were not replaced: `{{ repo }}/a:{{ a }}`, `{{ repo }}/b:{{ b }}`\n"
        "    hint: replace the placeholders, and check and submit the result\n"
    )
