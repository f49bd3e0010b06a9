"""Records of submissions: a file with one JSON object per line with who submitted what to where, and the result.

Lines are only added. A submission that is waited for has two: one after the creation, one at the end. The later one counts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packager.errors import PackagerError
from packager.files import MIB, read_file
from packager.text import camel_case

SCHEMA_VERSION = "1"
_MAX_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRecord:
    """One submission. `time` is when the line was written; `target` is None if none was named, `caller` if it is unknown.

    `ok`: it is ACTIVE and has the requested content.
    """

    time: datetime
    target: str | None
    caller: str | None
    account: str
    region: str
    action: str
    workflow_id: str
    name: str | None
    version_name: str | None
    arn: str
    uuid: str | None
    status: str
    ok: bool
    engine: str | None
    main: str | None
    content_digest: str | None
    zip_sha256: str | None
    request_id: str | None

    def line(self) -> str:
        """The record as a line of JSON, without the line end."""
        members: dict[str, object] = {"schemaVersion": SCHEMA_VERSION}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            members[camel_case(name)] = value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
        return json.dumps(members, ensure_ascii=False)


def check_writable(path: Path) -> None:
    """Check, before anything is sent, that a record can be written afterwards.

    Raises:
        PackagerError: it cannot be written.
    """
    _append(path, "")


def append(path: Path, record: SubmissionRecord) -> None:
    """Add a record at the end of a file, in one piece, so that parallel submissions may share the file.

    Raises:
        PackagerError: the file cannot be written; the message contains the record, so that it is not lost.
    """
    try:
        _append(path, record.line() + "\n")
    except PackagerError as error:
        raise PackagerError(f"{error.message}; the record is {record.line()}") from error


def _append(path: Path, text: str) -> None:
    try:
        with path.open("ab+", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if text and size:
                file.seek(size - 1)
                text = text if file.read(1) == b"\n" else f"\n{text}"  # an earlier write was interrupted
            # A string from the service may have half of a surrogate pair, which JSON writes as an escape.
            left = text.encode("utf-8", "backslashreplace")
            while left:  # a disk that becomes full accepts a part, and reports an error only for the rest
                left = left[file.write(left) or 0 :]
    except OSError as error:
        raise PackagerError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from error


def read(path: Path) -> list[Mapping[str, object]]:
    """The records of a file, in its order.

    Raises:
        PackagerError: it cannot be read, or a line is not a record.
    """
    try:
        lines = read_file(path, _MAX_BYTES).decode().split("\n")
    except UnicodeDecodeError as error:
        raise PackagerError(f"`{path}` is not a record of submissions: not UTF-8") from error
    records: list[Mapping[str, object]] = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise PackagerError(f"`{path}:{number}` is not a record of a submission") from error
        if not isinstance(value, dict):
            raise PackagerError(f"`{path}:{number}` is not a record of a submission")
        records.append(value)
    return records


def latest(records: list[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The last record of each workflow and version in each target, in the order of the file."""
    by_arn: dict[tuple[str, str], Mapping[str, object]] = {}
    for number, record in enumerate(records):
        key = (str(record.get("target")), str(record.get("arn") or number))
        by_arn.pop(key, None)
        by_arn[key] = record
    return list(by_arn.values())


def submission_of(path: Path, target: str | None, content_digest: str) -> Mapping[str, object]:
    """The latest record of exactly this content becoming ACTIVE in a target, or without one.

    Raises:
        PackagerError: the record does not exist, or does not name a workflow.
    """
    active = [record for record in latest(read(path)) if record.get("status") == "ACTIVE" and record.get("ok") is True]
    same = [
        record for record in active if record.get("target") == target and record.get("contentDigest") == content_digest
    ]
    if not same or not isinstance(same[-1].get("workflowId"), str):
        where = f"to the target `{target}`" if target is not None else "without a target"
        raise PackagerError(
            f"`{path}` has no ACTIVE submission of this content {where}",
            "submit the workflow with `--record`, or name the workflow with `--workflow-id`",
        )
    return same[-1]


def check_promotion(
    path: Path, target: str, content_digest: str, zip_sha256: str | None = None
) -> Mapping[str, object]:
    """The record of exactly this content becoming ACTIVE in a target; with `zip_sha256`, of exactly this zip.

    Raises:
        PackagerError: the record does not exist.
    """
    active = [record for record in latest(read(path)) if record.get("status") == "ACTIVE" and record.get("ok") is True]
    in_target = [record for record in active if record.get("target") == target]
    same = [record for record in in_target if record.get("contentDigest") == content_digest]
    identical = [record for record in same if zip_sha256 in (None, record.get("zipSha256"))]
    if identical:
        return identical[-1]
    if same:
        raise PackagerError(
            f"the ACTIVE submission in target `{target}` has the same files, but is a different zip: SHA-256 "
            f"{same[-1].get('zipSha256')}, not {zip_sha256}",
            "submit the zip that was submitted there, or the folder that it was packaged from",
        )
    if not in_target:
        raise PackagerError(
            f"`{path}` has no ACTIVE submission to the target `{target}`", "submit the workflow there first"
        )
    raise PackagerError(
        f"the ACTIVE submission in target `{target}` has different content: {in_target[-1].get('contentDigest')}, "
        f"not {content_digest}",
        "submit the zip that was submitted there",
    )
