"""Reading and writing rows inside a transaction, and the form of the database."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from packager.emulator.records import Members, NewResource, Remembered, Resource
from packager.errors import PackagerError

_SCHEMA_VERSION = 2
_FIRST_ID = 1_000_000
_PIECE_BYTES = 1024 * 1024
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
# Version 2: downloaded bytes, in pieces after the (empty) content; `told`: the message of a failure on purpose; `readme`: the stored
# README; `found`: what processing added besides engine, main and template.
_SECOND = """
CREATE TABLE pieces (
    sha256 TEXT NOT NULL REFERENCES blobs (sha256) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (sha256, number)
);
ALTER TABLE resources ADD COLUMN told TEXT;
ALTER TABLE resources ADD COLUMN readme TEXT REFERENCES blobs (sha256);
ALTER TABLE resources ADD COLUMN found TEXT;
"""
_TABLES = {"blobs", "ids", "pieces", "requests", "resources"}
# Needs no version of its own: an earlier version of packager does not look at it.
_ATTEMPTS = """
CREATE TABLE IF NOT EXISTS attempts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sequence INTEGER NOT NULL REFERENCES resources (sequence) ON DELETE CASCADE,
    started REAL NOT NULL
)
"""
SELECT = (  # the order of the members of `Resource`
    "SELECT sequence, workflow_id, version_name, uuid, arn, created, status, status_message,"
    " definition, engine, main, told, readme, template, found, members FROM resources WHERE"
)


def keep_file(connection: sqlite3.Connection, path: Path) -> str:
    """Keep a file's bytes; their SHA-256."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if connection.execute("SELECT 1 FROM blobs WHERE sha256 = ?", (sha256,)).fetchone() is None:
            connection.execute("INSERT INTO blobs (sha256, content) VALUES (?, x'')", (sha256,))
            file.seek(0)
            number = 0
            while chunk := file.read(_PIECE_BYTES):
                connection.execute("INSERT INTO pieces VALUES (?, ?, ?)", (sha256, number, chunk))
                number += 1
    return sha256


def prepare(connection: sqlite3.Connection, name: str) -> None:
    """Create the tables of a new database, or update those of an earlier version of packager.

    Raises:
        PackagerError: it is another database, or of a later version.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == _SCHEMA_VERSION:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables >= _TABLES:
            raise PackagerError(
                f"`{name}` is damaged: it lacks {', '.join(sorted(_TABLES - tables))}", "use another file"
            )
        connection.execute(_ATTEMPTS)
        return
    if version > _SCHEMA_VERSION or (
        not version and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    ):
        raise PackagerError(
            f"`{name}` is not a database of the emulator, or is of a later version of packager",
            "use another file",
        )
    for statement in ("" if version else _SCHEMA).split(";") + _SECOND.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(_ATTEMPTS)
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")


def begin_attempt(connection: sqlite3.Connection, sequence: int, now: float, before: float) -> tuple[int, int]:
    """Add an attempt to process a resource: how many were begun before a time and have not ended, and the number of the new one."""
    query = "SELECT count(*) FROM attempts WHERE sequence = ? AND started < ?"
    broken = connection.execute(query, (sequence, before)).fetchone()[0]
    # One that was deleted in the meantime has no attempts.
    added = connection.execute(
        "INSERT INTO attempts (sequence, started) SELECT sequence, ? FROM resources WHERE sequence = ?", (now, sequence)
    )
    return int(broken), added.lastrowid or 0


def find(connection: sqlite3.Connection, workflow_id: str, version_name: str = "") -> Resource | None:
    """A workflow or a version inside a transaction."""
    return find_one(connection, "workflow_id = ? AND version_name = ?", (workflow_id, version_name))


def find_one(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> Resource | None:
    """The only resource for which a condition is true."""
    row = connection.execute(f"{SELECT} {where}", values).fetchone()
    return None if row is None else resource_of(row)


def resource_of(row: Sequence[Any]) -> Resource:
    """A row of `SELECT`."""
    values = list(row)
    values[-3] = json.loads(row[-3]) if row[-3] else None
    values[-2] = json.loads(row[-2]) if row[-2] else {}
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
    """An id that no workflow had before."""
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
            " definition, told, members) VALUES (?, ?, ?, ?, ?, ?, 'CREATING', ?, ?, ?)",
            (
                workflow_id,
                version_name,
                new.uuid,
                arn,
                new.created,
                new.ready,
                sha256,
                new.failure,
                json.dumps(new.members),
            ),
        ).lastrowid
        or 0
    )


def set_members(connection: sqlite3.Connection, sequence: int, members: Members) -> None:
    """Replace what a resource's later changes touch."""
    connection.execute("UPDATE resources SET members = ? WHERE sequence = ?", (json.dumps(members), sequence))


def forget_readme(connection: sqlite3.Connection, sequence: int) -> None:
    """Delete an imported README that another one replaces."""
    connection.execute("UPDATE resources SET readme = NULL WHERE sequence = ?", (sequence,))
    _forget_unused(connection)


def delete(connection: sqlite3.Connection, sequence: int) -> None:
    """Remove a resource, its remembered request, and what was stored for it if nothing else uses it."""
    connection.execute("DELETE FROM resources WHERE sequence = ?", (sequence,))
    _forget_unused(connection)


def _forget_unused(connection: sqlite3.Connection) -> None:
    connection.execute(
        "DELETE FROM blobs WHERE sha256 NOT IN (SELECT definition FROM resources WHERE definition IS NOT NULL"
        " UNION SELECT readme FROM resources WHERE readme IS NOT NULL)"
    )
