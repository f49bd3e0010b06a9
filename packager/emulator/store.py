"""The emulator's state: one SQLite file, safe for several threads and processes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packager.diagnostics import PackagerError

_SCHEMA_VERSION = 1
_BUSY_SECONDS = 30.0
_FIRST_ID = 1_000_000
_SCHEMA = """
CREATE TABLE ids (number INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE resources (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id TEXT NOT NULL,
    version_name TEXT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,
    arn TEXT NOT NULL UNIQUE,
    created REAL NOT NULL,
    ready REAL,
    status TEXT NOT NULL,
    status_message TEXT,
    definition TEXT REFERENCES blobs (sha256),
    engine TEXT,
    main TEXT,
    template TEXT,
    members TEXT NOT NULL,
    UNIQUE (workflow_id, version_name)
);
CREATE INDEX pending ON resources (status, ready);
CREATE TABLE requests (
    operation TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    sequence INTEGER NOT NULL REFERENCES resources (sequence) ON DELETE CASCADE,
    PRIMARY KEY (operation, request_id)
);
"""
_SELECT = (  # the order of the members of `Resource`
    "SELECT sequence, workflow_id, version_name, uuid, arn, created, status, status_message,"
    " definition, engine, main, template, members FROM resources WHERE"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A workflow, or a workflow version (`version_name` not empty).

    `definition` is the SHA-256 of the stored zip, `members` what the request held without it,
    `created` in seconds since 1970.
    """

    sequence: int
    workflow_id: str
    version_name: str
    uuid: str
    arn: str
    created: float
    status: str
    status_message: str | None
    definition: str | None
    engine: str | None
    main: str | None
    template: dict[str, Any] | None
    members: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewResource:
    """What a create call writes. `ready`: from when on it may be processed; None: never."""

    uuid: str
    created: float
    ready: float | None
    members: dict[str, Any]
    definition: bytes | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """An earlier create call with the same request id."""

    fingerprint: str
    answer: dict[str, Any]


class Store:
    """The state in one file; its methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.write() as connection:
                _prepare(connection, path.name)
        except OSError as error:
            raise PackagerError(f"cannot write the database `{path.name}`: {error.strerror}") from error
        except sqlite3.Error as error:
            raise PackagerError(f"cannot use `{path.name}` as a database: {error}") from error

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its start: what it reads stays true."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def get(self, workflow_id: str, version_name: str = "") -> Resource | None:
        """A workflow or a version, or None."""
        with self._connection() as connection:
            return find(connection, workflow_id, version_name)

    def by_uuid(self, uuid: str) -> Resource | None:
        """A workflow or a version, or None."""
        with self._connection() as connection:
            return _one(connection, "uuid = ?", (uuid,))

    def by_arn(self, arn: str) -> Resource | None:
        """A workflow or a version, or None."""
        with self._connection() as connection:
            return _one(connection, "arn = ?", (arn,))

    def page(self, workflow_id: str | None, name: str | None, after: int, size: int) -> list[Resource]:
        """Workflows (`workflow_id` None) or the versions of one, oldest first, after a number."""
        where = "version_name = ''" if workflow_id is None else "version_name != '' AND workflow_id = ?"
        values: list[Any] = [] if workflow_id is None else [workflow_id]
        if name is not None:
            where += " AND json_extract(members, '$.name') = ?"
            values.append(name)
        with self._connection() as connection:
            rows = connection.execute(
                f"{_SELECT} {where} AND sequence > ? ORDER BY sequence LIMIT ?",
                (*values, after, size),
            ).fetchall()
        return [_resource(row) for row in rows]

    def blob(self, sha256: str) -> bytes | None:
        """A stored zip."""
        with self._connection() as connection:
            row = connection.execute("SELECT content FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
        return None if row is None else bytes(row[0])

    def pending(self, now: float) -> tuple[list[Resource], float | None]:
        """What is due to be processed, and when the next one will be (None: nothing waits)."""
        with self._connection() as connection:
            rows = connection.execute(
                f"{_SELECT} status = 'CREATING' AND ready <= ? ORDER BY sequence",
                (now,),
            ).fetchall()
            next_ready = connection.execute(
                "SELECT min(ready) FROM resources WHERE status = 'CREATING' AND ready > ?", (now,)
            ).fetchone()[0]
        return [_resource(row) for row in rows], next_ready

    def finish(
        self,
        sequence: int,
        *,
        status: str,
        message: str | None,
        engine: str | None,
        main: str | None,
        template: dict[str, Any] | None,
    ) -> None:
        """End a resource's processing; nothing if it was ended or deleted meanwhile."""
        with self.write() as connection:
            connection.execute(
                "UPDATE resources SET status = ?, status_message = ?, engine = ?, main = ?,"
                " template = ? WHERE sequence = ? AND status = 'CREATING'",
                (
                    status,
                    message,
                    engine,
                    main,
                    json.dumps(template) if template else None,
                    sequence,
                ),
            )


def _prepare(connection: sqlite3.Connection, name: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == _SCHEMA_VERSION:
        return
    if version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise PackagerError(
            f"`{name}` is a database of something else, or of another version of packager",
            "name another file",
        )
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")


def find(connection: sqlite3.Connection, workflow_id: str, version_name: str = "") -> Resource | None:
    """A workflow or a version inside a transaction."""
    return _one(connection, "workflow_id = ? AND version_name = ?", (workflow_id, version_name))


def _one(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> Resource | None:
    row = connection.execute(f"{_SELECT} {where}", values).fetchone()
    return None if row is None else _resource(row)


def _resource(row: tuple[Any, ...]) -> Resource:
    values = list(row)
    values[-2] = json.loads(row[-2]) if row[-2] else None
    values[-1] = json.loads(row[-1])
    return Resource(*values)


def remembered(connection: sqlite3.Connection, operation: str, request_id: str) -> Remembered | None:
    """The earlier call with a request id."""
    row = connection.execute(
        "SELECT fingerprint, answer FROM requests WHERE operation = ? AND request_id = ?",
        (operation, request_id),
    ).fetchone()
    return None if row is None else Remembered(row[0], json.loads(row[1]))


def remember(connection: sqlite3.Connection, operation: str, request_id: str, call: Remembered, sequence: int) -> None:
    """Keep the answer to a create call, for its repetitions."""
    connection.execute(
        "INSERT INTO requests (operation, request_id, fingerprint, answer, sequence) VALUES (?, ?, ?, ?, ?)",
        (operation, request_id, call.fingerprint, json.dumps(call.answer), sequence),
    )


def new_workflow_id(connection: sqlite3.Connection) -> str:
    """A number that no workflow had before."""
    return str(_FIRST_ID + (connection.execute("INSERT INTO ids DEFAULT VALUES").lastrowid or 0))


def count(connection: sqlite3.Connection, workflow_id: str | None) -> int:
    """How many workflows there are, or how many versions of one."""
    if workflow_id is None:
        row = connection.execute("SELECT count(*) FROM resources WHERE version_name = ''")
    else:
        query = "SELECT count(*) FROM resources WHERE version_name != '' AND workflow_id = ?"
        row = connection.execute(query, (workflow_id,))
    return int(row.fetchone()[0])


def insert(connection: sqlite3.Connection, workflow_id: str, version_name: str, arn: str, new: NewResource) -> int:
    """Add a resource in status CREATING; its sequence number."""
    sha256 = None
    if new.definition is not None:
        sha256 = hashlib.sha256(new.definition).hexdigest()
        connection.execute("INSERT OR IGNORE INTO blobs (sha256, content) VALUES (?, ?)", (sha256, new.definition))
    return (
        connection.execute(
            "INSERT INTO resources (workflow_id, version_name, uuid, arn, created, ready, status,"
            " definition, members) VALUES (?, ?, ?, ?, ?, ?, 'CREATING', ?, ?)",
            (
                workflow_id,
                version_name,
                new.uuid,
                arn,
                new.created,
                new.ready,
                sha256,
                json.dumps(new.members),
            ),
        ).lastrowid
        or 0
    )


def set_members(connection: sqlite3.Connection, sequence: int, members: dict[str, Any]) -> None:
    """Replace what a resource's later changes touch."""
    connection.execute("UPDATE resources SET members = ? WHERE sequence = ?", (json.dumps(members), sequence))


def delete(connection: sqlite3.Connection, sequence: int) -> None:
    """Remove a resource, its remembered request, and its zip if nothing else uses it."""
    connection.execute("DELETE FROM resources WHERE sequence = ?", (sequence,))
    connection.execute(
        "DELETE FROM blobs WHERE sha256 NOT IN (SELECT definition FROM resources WHERE definition IS NOT NULL)"
    )
