"""Reading a registry map: every error at once, with its place, and whatever is valid."""
# ruff: noqa: E501 - expected messages stand on one line

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.findings.diagnostic import Place
from packager.healthomics import api_model, request, request_body
from packager.images.registry_map import RegistryMap, read

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ngc/token-AbCdEf"

GOOD = b"""{
  "registryMappings": [
    {
      "upstreamRegistryUrl": "quay.io",
      "ecrRepositoryPrefix": "quay",
      "upstreamRepositoryPrefix": "biocontainers",
      "ecrAccountId": "111122223333"
    },
    {
      "upstreamRegistryUrl": "nvcr.io",
      "ecrRepositoryPrefix": "ngc",
      "credentialArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:ngc/token-AbCdEf"
    }
  ],
  "imageMappings": [
    {"sourceImage": "a:1", "destinationImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/a:1"}
  ]
}
"""


def _read(text: str | bytes) -> tuple[RegistryMap | None, list[tuple[str, int, int, str, str]]]:
    content = text if isinstance(text, bytes) else text.encode()
    registry_map, found = read("map.json", content)
    assert all(one.path == "map.json" and one.severity.value == "error" for one in found)
    return registry_map, [(o.code, o.line, o.column, o.message, o.hint) for o in found]


def _messages(body: Any) -> list[str]:
    return [message for _, _, _, message, _ in _read(json.dumps(body))[1]]


def test_a_correct_map_is_read_with_places() -> None:
    registry_map, found = _read(GOOD)
    assert found == []
    assert registry_map is not None
    first, second = registry_map.registry_mappings
    assert (first.name, first.upstream_registry_url, first.ecr_repository_prefix) == (
        "registryMappings[0]",
        "quay.io",
        "quay",
    )
    assert (first.upstream_repository_prefix, first.ecr_account_id, first.credential_arn) == (
        "biocontainers",
        "111122223333",
        None,
    )
    assert second.credential_arn == SECRET
    assert first.place == Place("map.json", 3, 5)
    assert second.place_of("credentialArn") == Place("map.json", 12, 24)
    assert second.place_of("ecrAccountId") == second.place
    (image,) = registry_map.image_mappings
    assert (image.name, str(image.source_image)) == ("imageMappings[0]", "a:1")
    assert image.place_of("sourceImage") == Place("map.json", 16, 21)


def test_the_request_is_the_file_in_canonical_form() -> None:
    registry_map, _ = _read(GOOD)
    assert registry_map is not None
    assert json.loads(registry_map.text) == json.loads(GOOD)
    again, _ = _read(json.dumps(json.loads(GOOD), indent=8, sort_keys=True))
    assert again is not None
    assert again.text == registry_map.text
    made = request.Request(name="x", container_registry_map=registry_map.text)
    assert request_body.body(made)["containerRegistryMap"] == json.loads(GOOD)


def test_all_errors_at_once_each_at_its_place() -> None:
    registry_map, found = _read(
        """{
  "registryMappings": [
    {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay", "accountId": "111122223333"},
    {"ecrRepositoryPrefix": "x"},
    {"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "g", "ecrAccountId": 111122223333},
    {"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "g", "upstreamRepositoryPrefix": "x"},
    {"upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "n", "credentialArn": "arn:aws:iam::1:role/x"},
    "quay.io"
  ],
  "imageMappings": [
    {"sourceImage": "a:1", "destinationimage": "b:1"},
    {"sourceImage": "", "ecrAccountId": "1"}
  ],
  "registryMapping": []
}"""
    )
    assert found == [
        ("MAP001", 3, 71, "`/registryMappings/0/accountId` is not a key of a registry mapping", "write `ecrAccountId`"),
        ("MAP001", 4, 5, "`/registryMappings/1` has no `upstreamRegistryUrl`", "add it"),
        ("MAP001", 5, 84, "`/registryMappings/2/ecrAccountId` is a number, expected a string", 'write the account as a string of 12 digits, in quotes (`"111122223333"`)'),
        ("MAP001", 6, 96, "`/registryMappings/3/upstreamRepositoryPrefix` has 1 character, expected at least 2", DEFAULT_HINT),
        ("MAP001", 7, 85, "`/registryMappings/4/credentialArn` is not the ARN of a Secrets Manager secret", DEFAULT_HINT),
        ("MAP001", 8, 5, "`/registryMappings/5` is a string, expected an object", DEFAULT_HINT),
        ("MAP001", 11, 28, "`/imageMappings/0/destinationimage` is not a key of an image mapping", "write `destinationImage`"),
        ("MAP001", 12, 21, "`/imageMappings/1/sourceImage` has 0 characters, expected at least 1", DEFAULT_HINT),
        ("MAP001", 12, 25, "`/imageMappings/1/ecrAccountId` is not a key of an image mapping", "remove it; `destinationImage` has the account in its host"),
        ("MAP001", 14, 3, "`/registryMapping` is not a key of a container registry map", "write `registryMappings`"),
    ]  # fmt: skip
    assert registry_map is not None
    # What is valid is kept, at its own index.
    kept = [(one.index, one.upstream_registry_url) for one in registry_map.registry_mappings]
    assert kept == [(0, "quay.io"), (2, "ghcr.io"), (3, "ghcr.io"), (4, "nvcr.io")]
    assert registry_map.registry_mappings[1].ecr_account_id is None


DEFAULT_HINT = "correct the member; the schema is `schemas/container-registry-map.schema.json`"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"upstreamRegistryUrl": "q" * 751}, "`/registryMappings/0/upstreamRegistryUrl` has 751 characters, at most 750 are allowed"),
        ({"upstreamRegistryUrl": ""}, "`/registryMappings/0/upstreamRegistryUrl` has 0 characters, expected at least 1"),
        ({"upstreamRegistryUrl": None}, "`/registryMappings/0/upstreamRegistryUrl` is null, expected a string"),
        ({"upstreamRegistryUrl": "quay.io\n"}, "`/registryMappings/0/upstreamRegistryUrl` contains control characters, line ends or tabs"),
        ({"upstreamRegistryUrl": "quay\u200b.io"}, "`/registryMappings/0/upstreamRegistryUrl` contains characters that the service does not accept"),
        ({"upstreamRegistryUrl": "quay\u00ad.io"}, "`/registryMappings/0/upstreamRegistryUrl` contains characters that the service does not accept"),
        ({"ecrRepositoryPrefix": "p" * 257}, "`/registryMappings/0/ecrRepositoryPrefix` has 257 characters, at most 256 are allowed"),
        ({"upstreamRepositoryPrefix": "p" * 31}, "`/registryMappings/0/upstreamRepositoryPrefix` has 31 characters, at most 30 are allowed"),
        ({"ecrAccountId": "1" * 11}, "`/registryMappings/0/ecrAccountId` has 11 characters, expected at least 12"),
        ({"ecrAccountId": "1" * 13}, "`/registryMappings/0/ecrAccountId` has 13 characters, at most 12 are allowed"),
        ({"ecrAccountId": "1111-2222-33"}, "`/registryMappings/0/ecrAccountId` is not 12 digits"),
        ({"ecrAccountId": "11112222333\n"}, "`/registryMappings/0/ecrAccountId` is not 12 digits"),
        ({"ecrAccountId": True}, "`/registryMappings/0/ecrAccountId` is true or false, expected a string"),
        ({"ecrAccountId": 1.5}, "`/registryMappings/0/ecrAccountId` is a number, expected a string"),
        ({"credentialArn": ["x"]}, "`/registryMappings/0/credentialArn` is a list, expected a string"),
        ({"credentialArn": {"x": 1}}, "`/registryMappings/0/credentialArn` is an object, expected a string"),
        ({"credentialArn": SECRET + "\n"}, "`/registryMappings/0/credentialArn` is not the ARN of a Secrets Manager secret"),
        ({"a/b~c": 1}, "`/registryMappings/0/a~1b~0c` is not a key of a registry mapping"),
    ],
)  # fmt: skip
def test_one_error(members: dict[str, Any], message: str) -> None:
    entry = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay", **members}
    assert _messages({"registryMappings": [entry]}) == [message]


@pytest.mark.parametrize(
    "members",
    [
        {"upstreamRegistryUrl": "q" * 750},
        {"ecrRepositoryPrefix": "p" * 256},
        {"upstreamRepositoryPrefix": "pp"},
        {"upstreamRepositoryPrefix": "p" * 30},
        {"ecrAccountId": "000000000000"},
        {"credentialArn": SECRET},
        {"credentialArn": SECRET.replace("arn:aws:", "arn:aws-us-gov:")},
    ],
)
def test_the_limits_themselves_are_fine(members: dict[str, Any]) -> None:
    entry = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay", **members}
    assert _messages({"registryMappings": [entry]}) == []


def test_console_limits_are_no_schema_errors() -> None:
    entries = [{"sourceImage": f"a:{n}", "destinationImage": f"b:{n}"} for n in range(150)]
    assert _messages({"imageMappings": entries}) == []


def test_empty_maps() -> None:
    bodies: list[dict[str, Any]] = [{}, {"registryMappings": []}, {"imageMappings": [{}]}]
    for body in bodies:
        registry_map, found = _read(json.dumps(body))
        assert found == []
        assert registry_map is not None


def test_missing_members_of_one_entry_are_one_finding() -> None:
    assert _messages({"registryMappings": [{}]}) == [
        "`/registryMappings/0` has no `upstreamRegistryUrl` and no `ecrRepositoryPrefix`"
    ]


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        (b"", 1, 1, "not JSON"),
        (b"{", 1, 2, "not JSON"),
        (b'{"registryMappings": [\n  {"a": 1,}\n]}', 2, 11, "not JSON"),
        (b"\xff\xfe{\x00}\x00", 1, 1, "not UTF-8"),
        (b'{"a": NaN}', 1, 1, "`NaN` is not JSON"),
        (b"[" * 5000, 1, 1, "not JSON"),
        (b"[" * 300 + b"]" * 300, 1, 1, "nested"),
        (b'{"imageMappings": [{"sourceImage": "\\ud800"}]}', 1, 1, "surrogate"),
    ],
)
def test_what_is_not_json(content: bytes, line: int, column: int, words: str) -> None:
    registry_map, found = _read(content)
    assert registry_map is None
    ((code, *place, message, _),) = found
    assert code == "MAP002"
    assert words in message
    if column > 1:
        # Where a trailing comma is blamed differs by one between Python versions.
        assert place[0] == line
        assert abs(place[1] - column) <= 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"[]", "a list"), (b'"x"', "a string"), (b"null", "null"), (b"1", "a number")],
)
def test_what_is_json_but_no_object(content: bytes, kind: str) -> None:
    registry_map, found = _read(content)
    assert registry_map is None
    assert [one[:4] for one in found] == [("MAP001", 1, 1, f"`/` is {kind}, expected an object")]


def test_duplicate_keys_are_errors() -> None:
    registry_map, found = _read(
        '{"registryMappings": [],\n "registryMappings": [\n'
        '  {"upstreamRegistryUrl": "a.io", "upstreamRegistryUrl": "quay.io",'
        ' "ecrRepositoryPrefix": "q"}]}'
    )
    assert [one[:4] for one in found] == [
        ("MAP002", 2, 2, "the key `/registryMappings` occurs twice"),
        ("MAP002", 3, 35, "the key `/registryMappings/0/upstreamRegistryUrl` occurs twice"),
    ]
    assert registry_map is not None
    assert registry_map.registry_mappings[0].upstream_registry_url == "quay.io"


def test_a_byte_order_mark_and_crlf_do_no_harm() -> None:
    registry_map, found = _read(b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n"))
    assert found == []
    assert registry_map is not None
    assert registry_map.registry_mappings[1].place_of("credentialArn").line == 12


def test_a_key_that_only_the_installed_api_model_knows_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = json.loads(json.dumps(api_model.service_model()))
    model["shapes"]["RegistryMapping"]["members"]["cachePolicy"] = {"shape": "Uri"}
    monkeypatch.setattr(api_model, "service_model", lambda: model)
    entry = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "q", "cachePolicy": "x"}
    registry_map, found = _read(json.dumps({"registryMappings": [entry]}))
    assert found == []
    assert registry_map is not None
    assert json.loads(registry_map.text)["registryMappings"][0]["cachePolicy"] == "x"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["registryMappings", "imageMappings", "sourceImage", "ecrAccountId"]) | st.text(max_size=6),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_has_an_answer(value: Any) -> None:
    registry_map, found = read("map.json", json.dumps(value).encode())
    assert registry_map is not None or found
    assert list(found) == sorted(set(found))
    assert all(one.line >= 1 and one.column >= 1 for one in found)


@given(st.binary(max_size=60) | st.integers(0, len(GOOD)).map(lambda end: GOOD[:end]))
def test_any_bytes_have_an_answer(content: bytes) -> None:
    registry_map, found = read("map.json", content)
    assert registry_map is not None or found
