"""Image references: the grammar, the normal form, and who uses what."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.findings.diagnostic import Place
from packager.images.usage import unique_images
from packager.model.facts import Engine, ImageStatus, Task, TaskImage, Workflow
from packager.model.image_reference import ImageReference, fault, parse, read_name

SHA = "sha256:" + "0123456789abcdef" * 4
ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"

# text, registry, repository, tag, digest
PARTS = [
    ("ubuntu", "", "ubuntu", None, None),
    ("ubuntu:22.04", "", "ubuntu", "22.04", None),
    ("library/ubuntu:22.04", "", "library/ubuntu", "22.04", None),
    ("broadinstitute/gatk:4.5.0.0", "", "broadinstitute/gatk", "4.5.0.0", None),
    (f"ubuntu@{SHA}", "", "ubuntu", None, SHA),
    (f"ubuntu:22.04@{SHA}", "", "ubuntu", "22.04", SHA),
    ("docker.io/ubuntu", "docker.io", "ubuntu", None, None),
    ("docker.io/library/ubuntu:22.04", "docker.io", "library/ubuntu", "22.04", None),
    ("localhost/x", "localhost", "x", None, None),
    ("localhost:5000/x:1", "localhost:5000", "x", "1", None),
    ("localhost:5000", "", "localhost", "5000", None),
    ("registry:5000/a/b/c:v1", "registry:5000", "a/b/c", "v1", None),
    ("127.0.0.1:5000/x", "127.0.0.1:5000", "x", None, None),
    ("[::1]:5000/x:1", "[::1]:5000", "x", "1", None),
    ("a.b/c", "a.b", "c", None, None),
    ("a.b", "", "a.b", None, None),
    ("quay.io/bio/samtools:1.17--h00cdaf9_0", "quay.io", "bio/samtools", "1.17--h00cdaf9_0", None),
    ("us.gcr.io/broad/bwa:1.0.0-0.7.15", "us.gcr.io", "broad/bwa", "1.0.0-0.7.15", None),
    ("us-docker.pkg.dev/proj/repo/img:1", "us-docker.pkg.dev", "proj/repo/img", "1", None),
    ("ghcr.io/org/a__b/c---d/e.f:x", "ghcr.io", "org/a__b/c---d/e.f", "x", None),
    (f"{ECR}/tool@{SHA}", ECR, "tool", None, SHA),
    ("Registry.Example.com/x", "Registry.Example.com", "x", None, None),
    ("x:" + "t" * 128, "", "x", "t" * 128, None),
    ("a/b:_tag", "", "a/b", "_tag", None),
]  # fmt: skip

# text, words of the reason
FAULTS = [
    ("", "is empty"),
    ("   ", "is empty"),
    (" ubuntu:22.04", "white space"),
    ("ubuntu:22.04\n", "white space"),
    ("ubuntu 22.04", "white space"),
    ("ubuntu\u00a0x", "white space"),
    ("docker://quay.io/org/x:1", "`docker://`"),
    ("https://depot.galaxyproject.org/singularity/x%3A1", "`https://`"),
    ("http://quay.io/org/x", "`http://`"),
    ("oras://community.wave.seqera.io/library/x:1", "`oras://`"),
    ("quay.io/org/~{name}:1", "placeholder"),
    ("quay.io/org/${name}", "placeholder"),
    ("~{docker}", "placeholder"),
    ("{{ image }}", "placeholder"),
    ("$IMAGE", "placeholder"),
    ("<account>.dkr.ecr.us-east-1.amazonaws.com/x:1", "placeholder"),
    ("Ubuntu:22.04", "upper-case"),
    ("quay.io/Org/x:1", "upper-case"),
    ("ubuntu:", "malformed tag"),
    ("ubuntu:-1", "malformed tag"),
    ("ubuntu:a:b", "malformed tag"),
    ("x:" + "t" * 129, "malformed tag"),
    ("ubuntu@", "malformed digest"),
    ("ubuntu@sha256:abc", "malformed digest"),
    (f"ubuntu@{SHA}0", "malformed digest"),
    (f"ubuntu@{SHA}@{SHA}", "malformed digest"),
    ("/ubuntu", "malformed repository"),
    ("/opt/images/tools.sif", "is a file"),
    ("${projectDir}/containers/tools.img", "is a file"),
    ("ubuntu/", "malformed repository"),
    ("a//b", "malformed repository"),
    ("a/-b", "malformed repository"),
    ("a/b_", "malformed repository"),
    ("a___b", "malformed repository"),
    ("café/x", "malformed repository"),
    ("quay.io/", "malformed repository"),
    ("-a.io/x", "malformed registry"),
    ("a..io/x", "malformed registry"),
    ("a.io:port/x", "malformed registry"),
    ("a/" * 130 + "b", "longer than 255"),
    ("a" * 5000, "longer than 4096"),
]


@pytest.mark.parametrize(("text", "registry", "repository", "tag", "digest"), PARTS)
def test_parts(text: str, registry: str, repository: str, tag: str | None, digest: str | None) -> None:
    reference = parse(text)
    assert reference == ImageReference(registry, repository, tag, digest)
    assert reference.format() == text
    assert reference.explicit_registry == bool(registry)
    assert fault(text) is None


@pytest.mark.parametrize(("text", "reason"), FAULTS)
def test_faults(text: str, reason: str) -> None:
    assert parse(text) is None
    assert reason in (fault(text) or "")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ubuntu", "registry-1.docker.io/library/ubuntu"),
        ("ubuntu:22.04", "registry-1.docker.io/library/ubuntu:22.04"),
        ("docker.io/ubuntu", "registry-1.docker.io/library/ubuntu"),
        ("index.docker.io/library/ubuntu", "registry-1.docker.io/library/ubuntu"),
        ("registry.hub.docker.com/library/ubuntu", "registry-1.docker.io/library/ubuntu"),
        ("registry-1.docker.io/ubuntu", "registry-1.docker.io/library/ubuntu"),
        ("broadinstitute/gatk:4.5.0.0", "registry-1.docker.io/broadinstitute/gatk:4.5.0.0"),
        (f"a/b:1@{SHA}", f"registry-1.docker.io/a/b:1@{SHA}"),
        ("Quay.IO/a/b:1", "quay.io/a/b:1"),
        ("localhost:5000/x", "localhost:5000/x"),
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    reference = parse(text)
    assert reference is not None
    assert reference.normal().format() == normal


@pytest.mark.parametrize(
    ("host", "account", "region"),
    [
        (ECR, "111122223333", "us-east-1"),
        ("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com", "111122223333", "us-east-1"),
        ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", "111122223333", "cn-north-1"),
        ("111122223333.dkr-ecr.eu-west-2.on.aws", "111122223333", "eu-west-2"),
        ("public.ecr.aws", None, None),
        ("11112222333.dkr.ecr.us-east-1.amazonaws.com", None, None),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com.example.com", None, None),
        ("quay.io", None, None),
    ],
)
def test_private_ecr(host: str, account: str | None, region: str | None) -> None:
    reference = parse(f"{host}/team/tool:1")
    assert reference is not None
    assert (reference.account, reference.region) == (account, region)
    assert reference.is_private == (account is not None)


@pytest.mark.parametrize(
    ("text", "mutable"),
    [
        ("a", True),
        ("a:latest", True),
        ("a:1", False),
        (f"a@{SHA}", False),
        (f"a:latest@{SHA}", False),
    ],
)
def test_mutable(text: str, mutable: bool) -> None:
    reference = parse(text)
    assert reference is not None
    assert reference.is_mutable is mutable


_WORD = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
_COMPONENT = st.builds(
    "".join,
    st.lists(st.tuples(_WORD, st.sampled_from([".", "_", "__", "-", "---"])), max_size=2).flatmap(
        lambda pairs: _WORD.map(lambda last: [part for pair in pairs for part in pair] + [last])
    ),
)
REFERENCES = st.builds(
    ImageReference,
    st.sampled_from(["", "docker.io", "quay.io", "localhost", "localhost:5000", "Host.Example:443", "r:1", ECR]),
    # A first component with a dot would be read as a registry when the text names none.
    st.lists(_COMPONENT, min_size=1, max_size=4)
    .map("/".join)
    .filter(lambda name: "." not in name.split("/")[0] and not name.startswith("localhost/")),
    st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True),
    st.none() | st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:".__add__),
)


@given(REFERENCES)
def test_parse_inverts_format(reference: ImageReference) -> None:
    assert parse(reference.format()) == reference


@given(st.text(max_size=80) | st.from_regex(r"[a-z.:/@A-Z0-9_-]{0,60}", fullmatch=True))
def test_any_text_is_a_reference_or_has_a_fault(text: str) -> None:
    reference = parse(text)
    assert (reference is None) == (fault(text) is not None)
    if reference is not None:
        assert reference.format() == text


@given(REFERENCES)
def test_normal_form_is_idempotent_and_readable(reference: ImageReference) -> None:
    normal = reference.normal()
    assert normal.normal() == normal
    assert parse(normal.format()) == normal
    assert (normal.tag, normal.digest) == (reference.tag, reference.digest)


def _task(name: str, line: int, image: TaskImage, *, runs_container: bool = True) -> Task:
    return Task(name, Place("main.wdl", line, 1), image, runs_container=runs_container)


def _literal(text: str, line: int) -> TaskImage:
    return TaskImage(ImageStatus.LITERAL, Place("main.wdl", line, 12), f'"{text}"', read_name(text))


def _workflow(*tasks: Task) -> Workflow:
    return Workflow(Engine.WDL, "main.wdl", "main", "1.1", tasks=tasks)


def test_unique_images_groups_the_tasks_of_an_image() -> None:
    resolved = TaskImage(
        ImageStatus.RESOLVED, Place("main.wdl", 32, 12), "docker", parse("quay.io/a/b:1"), (), ("docker",)
    )
    found = unique_images(
        _workflow(
            _task("later", 30, resolved),
            _task("align", 10, _literal("quay.io/a/b:1", 12)),
            _task("sort", 20, _literal("alpine:3", 22)),
            _task("bare", 40, TaskImage(ImageStatus.NONE, Place("main.wdl", 40))),
            _task("script", 50, _literal("alpine:3", 52), runs_container=False),
        )
    )
    assert [use.image for use in found] == ["alpine:3", "quay.io/a/b:1"]
    both = found[1]
    assert [(task.name, task.place.line) for task in both.tasks] == [("align", 12), ("later", 32)]
    assert both.status is ImageStatus.LITERAL
    assert both.reference == parse("quay.io/a/b:1")
    assert both.place == Place("main.wdl", 12, 12)


def test_unique_images_keeps_dynamic_images_apart() -> None:
    candidates = (read_name("a:1"), read_name("b:1"))
    dynamic = TaskImage(ImageStatus.DYNAMIC, Place("main.wdl", 5, 2), "image", None, candidates, ("image",))
    other = TaskImage(ImageStatus.DYNAMIC, Place("main.wdl", 9, 2), "image", None, (), ("flag",))
    found = unique_images(_workflow(_task("x", 4, dynamic), _task("y", 8, other)))
    assert [(use.depends_on, use.candidates) for use in found] == [
        (("flag",), ()),
        (("image",), candidates),
    ]
    assert all(use.reference is None and use.fault is None for use in found)


def test_unique_images_says_why_a_text_is_no_reference() -> None:
    (use,) = unique_images(_workflow(_task("x", 4, _literal("docker://a/b:1", 5))))
    assert use.reference is None
    assert use.fault == "starts with the scheme `docker://`"


def test_an_image_without_a_place_stands_at_its_task() -> None:
    image = TaskImage(ImageStatus.LITERAL, Place(""), "a:1", parse("a:1"))
    (use,) = unique_images(_workflow(_task("x", 4, image)))
    assert use.place == Place("main.wdl", 4, 1)


@given(st.permutations(list(range(6))))
def test_unique_images_does_not_depend_on_the_order_of_tasks(order: list[int]) -> None:
    tasks = [_task(f"t{n}", n + 1, _literal(f"img{n % 3}:1", n + 1)) for n in range(6)]
    assert unique_images(_workflow(*(tasks[n] for n in order))) == unique_images(_workflow(*tasks))
