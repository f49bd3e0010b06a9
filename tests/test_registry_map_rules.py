"""The MAP rules, one by one: what each reports, and what it must leave alone."""
# ruff: noqa: E501 - one case on a line

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.findings.diagnostic import Place
from packager.images.registry_map import read
from packager.images.usage import unique_images
from packager.model.facts import Engine, ImageStatus, Task, TaskImage, Workflow
from packager.model.image_reference import read_name
from packager.rules import RULES, Facts, Subject

ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf"
# What judges a map by itself; the rule about a map that is sent has its test with `submit`.
CODES = sorted(code for code, one in RULES.items() if code.startswith("MAP") and one.subject is Subject.REGISTRY_MAP)


def registry(url: str, prefix: str = "p", **more: str) -> dict[str, str]:
    return {"upstreamRegistryUrl": url, "ecrRepositoryPrefix": prefix, **more}


def image(source: str, destination: str) -> dict[str, str]:
    return {"sourceImage": source, "destinationImage": destination}


def workflow(*images: str | TaskImage, complete: bool = True) -> Workflow:
    tasks = []
    for number, one in enumerate(images):
        place = Place("main.wdl", 10 * number + 2, 5)
        found = one if isinstance(one, TaskImage) else TaskImage(ImageStatus.LITERAL, place, one, read_name(one))
        tasks.append(Task(f"t{number}", Place("main.wdl", 10 * number + 1, 1), found))
    return Workflow(Engine.WDL, "main.wdl", "main", "1.1", tasks=tuple(tasks), complete=complete)


def facts(content: str | dict[str, Any], made: Workflow | None = None, **more: Any) -> Facts:
    text = content if isinstance(content, str) else json.dumps(content)
    registry_map, _ = read("map.json", text.encode())
    assert registry_map is not None
    images = unique_images(made) if made else ()
    return Facts(registry_map=registry_map, workflow=made, images=images, **more)


def messages(code: str, given_facts: Facts) -> list[str]:
    return [found.message for found in RULES[code].check(given_facts)]


def judged(body: dict[str, Any], made: Workflow | None = None, **more: Any) -> list[tuple[str, str]]:
    """Every MAP finding: its code and severity."""
    given_facts = facts(body, made, **more)
    return [
        (code, (found.severity or RULES[code].code.severity).value)
        for code in CODES
        for found in RULES[code].check(given_facts)
    ]


def _example(text: str) -> Facts:
    """The facts of a rule's example: its map, its region, and the one image of its workflow."""
    files = dict(re.findall(r"^(\S+)\n((?:^[ \t].*\n?|^\n)+)", text, re.MULTILINE))
    region = re.search(r"--region (\S+)", text)
    container = re.search(r'container: "([^"]+)"', text)
    made = workflow(container[1]) if container else None
    return facts(files["map.json"], made, region=region[1] if region else None)


@pytest.mark.parametrize("code", CODES)
def test_examples_of_the_documentation(code: str) -> None:
    rule = RULES[code]
    assert messages(code, _example(rule.code.bad)), "the bad example is not reported"
    assert messages(code, _example(rule.code.good)) == []
    # An example shows one thing: nothing else of this family is wrong with the good one.
    good = _example(rule.code.good)
    assert [one for one in CODES if messages(one, good)] == []
    assert read("map.json", (good.registry_map.text if good.registry_map else "").encode())[1] == ()


@pytest.mark.parametrize("code", CODES)
def test_rules_run_on_a_map_alone(code: str) -> None:
    assert messages(code, facts({})) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # What must stay silent.
        ({"registryMappings": [registry("quay.io")]}, []),
        ({"registryMappings": [registry("registry-1.docker.io")]}, []),
        ({"registryMappings": [registry("public.ecr.aws")]}, []),
        ({"registryMappings": [registry("registry.k8s.io")]}, []),
        ({"registryMappings": [registry("registry.gitlab.com")]}, []),
        ({"registryMappings": [registry("lab.azurecr.io")]}, []),
        ({"registryMappings": [registry("wave.seqera.io", credentialArn=SECRET)]}, []),
        ({"registryMappings": [registry("community.wave.seqera.io", credentialArn=SECRET)]}, []),
        ({"registryMappings": [registry("gcr.io", credentialArn=SECRET)]}, []),
        ({"registryMappings": [registry("us-docker.pkg.dev", credentialArn=SECRET)]}, []),
        ({"registryMappings": [registry("quay.io"), registry("ghcr.io")]}, []),
        ({"registryMappings": [registry("quay.io"), registry("quay.io", upstreamRepositoryPrefix="ab")]}, []),
        ({"imageMappings": [image("a:1", f"{ECR}/a:1")]}, []),
        ({"imageMappings": [image("a", f"{ECR}/a:1")]}, []),
        ({"imageMappings": [image("a:1", f"{ECR}/a@sha256:{'0' * 64}")]}, []),
        ({"imageMappings": [image("a:1", f"{ECR}/a:1"), image("a:2", f"{ECR}/a:2")]}, []),
        ({"imageMappings": [image("a", f"{ECR}/a:1"), image("a:2", f"{ECR}/a:2")]}, []),
        ({"registryMappings": [registry(f"r{n}.azurecr.io") for n in range(20)]}, []),
        ({"imageMappings": [image(f"a:{n}", f"{ECR}/a:{n}") for n in range(100)]}, []),
        # 42: the console's lengths.
        ({"registryMappings": [registry(f"r{n}.azurecr.io") for n in range(21)]}, [("MAP003", "warning")]),
        ({"imageMappings": [image(f"a:{n}", f"{ECR}/a:{n}") for n in range(101)]}, [("MAP003", "warning")]),
        # 43: hosts.
        ({"registryMappings": [registry("https://quay.io")]}, [("MAP004", "warning")]),
        ({"registryMappings": [registry("quay.io/")]}, [("MAP004", "warning")]),
        ({"registryMappings": [registry("quay.io/biocontainers")]}, [("MAP004", "warning")]),
        ({"registryMappings": [registry(" quay.io")]}, [("MAP004", "warning")]),
        ({"registryMappings": [registry("Quay.io")]}, [("MAP004", "warning")]),
        ({"registryMappings": [registry("https://docker.io/")]}, [("MAP004", "warning")]),
        ({"registryMappings": [registry("docker.io")]}, [("MAP005", "warning")]),
        ({"registryMappings": [registry("index.docker.io")]}, [("MAP005", "warning")]),
        ({"registryMappings": [registry("hub.docker.com")]}, [("MAP005", "warning")]),
        ({"registryMappings": [registry("docker.elastic.co")]}, [("MAP006", "error")]),
        ({"registryMappings": [registry("quay.io:443")]}, [("MAP006", "error")]),
        ({"registryMappings": [registry("quay.io.example.com")]}, [("MAP006", "error")]),
        ({"registryMappings": [registry("docker.elastic.co", credentialArn=SECRET)]}, [("MAP006", "warning")]),
        ({"registryMappings": [registry("cgr.dev")]}, [("MAP006", "warning")]),
        ({"registryMappings": [registry("us.gcr.io")]}, [("MAP006", "warning")]),
        # 44: credentials.
        ({"registryMappings": [registry("nvcr.io")]}, [("MAP007", "error")]),
        ({"registryMappings": [registry("europe-west1-docker.pkg.dev")]}, [("MAP007", "error")]),
        ({"registryMappings": [registry("quay.io", credentialArn=SECRET)]}, [("MAP008", "info")]),
        # 45: duplicates.
        ({"registryMappings": [registry("quay.io", "a"), registry("quay.io", "b")]}, [("MAP009", "warning")]),
        ({"registryMappings": [registry("quay.io"), registry("quay.io"), registry("quay.io")]}, [("MAP009", "warning")] * 2),
        ({"registryMappings": [registry("quay.io", upstreamRepositoryPrefix="ab"), registry("quay.io", upstreamRepositoryPrefix="ab/")]}, [("MAP009", "warning")]),
        ({"registryMappings": [registry("registry-1.docker.io"), registry("docker.io")]}, [("MAP005", "warning"), ("MAP009", "warning")]),
        ({"imageMappings": [image("a:1", f"{ECR}/a:1"), image("a:1", f"{ECR}/b:1")]}, [("MAP009", "warning")]),
        ({"imageMappings": [image("a:1", f"{ECR}/a:1"), image("docker.io/library/a:1", f"{ECR}/a:1")]}, [("MAP009", "warning")]),
        # 46: destinations.
        ({"imageMappings": [image("a:1", "quay.io/a/a:1")]}, [("MAP012", "error")]),
        ({"imageMappings": [image("a:1", "public.ecr.aws/a/a:1")]}, [("MAP012", "error")]),
        ({"imageMappings": [image("a:1", f"https://{ECR}/a:1")]}, [("MAP012", "error")]),
        ({"imageMappings": [image("a:1", f"{ECR}/a:")]}, [("MAP012", "error")]),
        ({"imageMappings": [image("b:1", "team/b:1")]}, [("MAP012", "warning")]),
        ({"imageMappings": [image("a:1", f"{ECR}/a:2")]}, [("MAP015", "warning")]),
        ({"imageMappings": [image("a:latest", f"{ECR}/a:2")]}, [("MAP015", "warning")]),
        ({"imageMappings": [image(f"a@sha256:{'0' * 64}", f"{ECR}/a@sha256:{'1' * 64}")]}, [("MAP015", "warning")]),
        ({"imageMappings": [image(f"a:1@sha256:{'0' * 64}", f"{ECR}/a:2@sha256:{'0' * 64}")]}, []),
        ({"imageMappings": [image(f"{ECR}/a:1", f"{ECR}/a:1")]}, [("MAP014", "warning")]),
        ({"imageMappings": [image(f"{ECR}/a:1", f"{ECR}/b:1")]}, [("MAP014", "warning")]),
        ({"imageMappings": [{"sourceImage": "a:1"}]}, [("MAP017", "warning")]),
        ({"imageMappings": [{"destinationImage": f"{ECR}/a:1"}]}, [("MAP017", "warning")]),
        ({"imageMappings": [{}]}, [("MAP017", "warning")]),
        ({"imageMappings": [image("docker://a:1", f"{ECR}/a:1")]}, [("MAP018", "warning")]),
        ({"imageMappings": [image("A:1", f"{ECR}/a:1")]}, [("MAP018", "warning")]),
        # 47: private ECR as an upstream.
        ({"registryMappings": [registry(ECR)]}, [("MAP016", "error")]),
        ({"registryMappings": [registry("111122223333.dkr-ecr.eu-west-2.on.aws")]}, [("MAP016", "error")]),
    ],
)  # fmt: skip
def test_judgement(body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert judged(body) == expected


def test_one_finding_for_a_scheme_says_the_host() -> None:
    (found,) = RULES["MAP004"].check(
        facts('{"registryMappings": [\n {"upstreamRegistryUrl": "https://Quay.io/x/", "ecrRepositoryPrefix": "q"}]}')
    )
    assert found.message == "`https://Quay.io/x/` is not just a host name"
    assert found.hint == "write `quay.io`"
    assert (found.place.path, found.place.line, found.place.column) == ("map.json", 2, 26)


def test_destination_in_another_region_needs_a_region() -> None:
    body = {"imageMappings": [image("a:1", f"{ECR}/a:1")]}
    assert judged(body, region="us-east-1") == []
    assert judged(body, region=None) == []
    assert judged(body, region="eu-west-2") == [("MAP013", "error")]
    assert judged(body, workflow("a:1"), region="eu-west-2") == [("MAP013", "error")]
    assert judged(body, workflow("b:1", complete=False), region="eu-west-2") == [("MAP013", "error")]
    assert judged(body, workflow("b:1"), region="eu-west-2") == [("MAP010", "info"), ("MAP013", "warning")]
    assert RULES["MAP013"].code.needs == ("region",)


@pytest.mark.parametrize(
    ("code", "entry"),
    [
        ("MAP006", {"registryMappings": [registry("docker.elastic.co")]}),
        ("MAP007", {"registryMappings": [registry("nvcr.io")]}),
        ("MAP012", {"imageMappings": [image("nvcr.io/a:1", "quay.io/a:1")]}),
        ("MAP013", {"imageMappings": [image("nvcr.io/a:1", f"{ECR}/a:1")]}),
        ("MAP016", {"registryMappings": [registry(ECR)]}),
    ],
)
def test_an_entry_that_no_image_needs_fails_no_run(code: str, entry: dict[str, Any]) -> None:
    for made, severity in (
        (None, "error"),
        (workflow("quay.io/b:1"), "warning"),
        (workflow("quay.io/b:1", complete=False), "error"),
        (workflow("nvcr.io/a:1", "docker.elastic.co/a:1", f"{ECR}/a:1"), "error"),
    ):
        assert (code, severity) in judged(entry, made, region="eu-west-2"), made


@pytest.mark.parametrize(
    ("account", "destination", "redundant"),
    [
        ("111122223333", f"{ECR}/quay/org/a:1", True),
        (None, f"{ECR}/quay/org/a:1", False),
        ("444455556666", f"{ECR}/quay/org/a:1", False),
        ("111122223333", f"{ECR}/other/org/a:1", False),
    ],
)
def test_redundant_image_mapping(account: str | None, destination: str, redundant: bool) -> None:
    body = {
        "registryMappings": [registry("quay.io", "quay")],
        "imageMappings": [image("quay.io/org/a:1", destination)],
    }
    assert judged(body, account=account) == ([("MAP011", "info")] if redundant else [])


class TestUnusedMapping:
    body: ClassVar[dict[str, Any]] = {
        "registryMappings": [
            registry("quay.io"),
            registry("ghcr.io", upstreamRepositoryPrefix="org"),
        ],
        "imageMappings": [image("a:1", f"{ECR}/a:1")],
    }

    def test_used(self) -> None:
        made = workflow("quay.io/x/y:1", "ghcr.io/org/y:1", "docker.io/library/a:1")
        assert messages("MAP010", facts(self.body, made)) == []

    def test_unused(self) -> None:
        made = workflow("ghcr.io/other/y:1", f"{ECR}/x:1")
        assert messages("MAP010", facts(self.body, made)) == [
            "no image comes from `quay.io`",
            "no image comes from `org/` of `ghcr.io`",
            "no task uses `a:1`",
        ]

    def test_a_dynamic_image_may_be_the_one(self) -> None:
        dynamic = TaskImage(ImageStatus.DYNAMIC, Place("main.wdl", 3), "docker")
        assert messages("MAP010", facts(self.body, workflow("ghcr.io/org/y:1", dynamic))) == []

    def test_candidates_count_as_used(self) -> None:
        candidates = ("a:1", "ghcr.io/org/y:1", "quay.io/x/y:1")
        dynamic = TaskImage(
            ImageStatus.DYNAMIC, Place("main.wdl", 3), "docker", None, tuple(map(read_name, candidates))
        )
        assert messages("MAP010", facts(self.body, workflow(dynamic))) == []

    def test_an_incomplete_workflow_proves_nothing(self) -> None:
        assert messages("MAP010", facts(self.body, workflow(complete=False))) == []


_TEXT = st.sampled_from(
    [
        "quay.io",
        "docker.io",
        "https://x/",
        "",
        " ",
        "a:1",
        "A",
        ECR,
        f"{ECR}/a:1",
        "a@b",
        "\u200b",
        "://",
    ]
) | st.text(max_size=10)


@given(
    st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(("upstreamRegistryUrl", "ecrRepositoryPrefix", "upstreamRepositoryPrefix", "credentialArn"), _TEXT)), max_size=4),
    st.lists(st.fixed_dictionaries({}, optional={"sourceImage": _TEXT, "destinationImage": _TEXT}), max_size=4),
)  # fmt: skip
def test_no_map_breaks_a_rule(registries: list[Any], images: list[Any]) -> None:
    body = {"registryMappings": registries, "imageMappings": images}
    content = json.dumps(body)
    if read("map.json", content.encode())[0] is not None:
        judged(body, workflow("quay.io/a/b:1"), region="us-east-1", account="111122223333")
