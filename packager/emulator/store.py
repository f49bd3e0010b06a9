"""The emulator's state: one SQLite file, safe for multiple threads and processes.

Bytes (definitions, READMEs) are kept by their SHA-256 in pieces, so that none is ever in memory as a whole.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from packager.emulator import rows
from packager.emulator.records import Resource, Result
from packager.errors import PackagerError

_BUSY_SECONDS = 30.0
_ATTEMPT_GRACE_SECONDS = 30.0  # an attempt that is older than its time and this has ended with its process


class Store:
    """The state in one file; its methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()  # threads wait for each other here; SQLite would let them sleep and retry
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.write() as connection:
                rows.prepare(connection, path.name)
        except OSError as error:
            raise PackagerError(f"cannot write the database `{path.name}`: {error.strerror}") from error
        except (sqlite3.Error, UnicodeDecodeError) as error:  # a damaged file has strings that are not UTF-8
            raise PackagerError(f"cannot use `{path.name}` as a database: {error}", "use another file") from error

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            # What was written outlives this process; it need not outlive a machine that loses its power.
            connection.execute("PRAGMA synchronous = OFF")
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its start: what it reads stays true."""
        with self._writing, self._connection() as connection:
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
            return rows.find(connection, workflow_id, version_name)

    def by_uuid(self, uuid: str) -> Resource | None:
        """A workflow or a version, or None."""
        with self._connection() as connection:
            return rows.find_one(connection, "uuid = ?", (uuid,))

    def by_arn(self, arn: str) -> Resource | None:
        """A workflow or a version, or None."""
        with self._connection() as connection:
            return rows.find_one(connection, "arn = ?", (arn,))

    def page(self, workflow_id: str | None, name: str | None, after: int, size: int) -> list[Resource]:
        """Workflows (`workflow_id` None) or the versions of one, oldest first, after a number."""
        where = "version_name = ''" if workflow_id is None else "version_name != '' AND workflow_id = ?"
        values: list[str] = [] if workflow_id is None else [workflow_id]
        if name is not None:
            where += " AND json_extract(members, '$.name') = ?"
            values.append(name)
        with self._connection() as connection:
            selected = connection.execute(
                f"{rows.SELECT} {where} AND sequence > ? ORDER BY sequence LIMIT ?",
                (*values, after, size),
            ).fetchall()
        return [rows.resource_of(row) for row in selected]

    def blob(self, sha256: str) -> tuple[int, Iterator[bytes]] | None:
        """Stored bytes: their number, and the bytes piece by piece."""
        with self._connection() as connection:
            row = connection.execute("SELECT length(content) FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
            if row is None:
                return None
            more = connection.execute(
                "SELECT total(length(content)) FROM pieces WHERE sha256 = ?", (sha256,)
            ).fetchone()
        return int(row[0] + more[0]), self._pieces(sha256)

    def _pieces(self, sha256: str) -> Iterator[bytes]:
        with self._connection() as connection:
            row = connection.execute("SELECT content FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
        number = 0
        while row is not None:
            yield bytes(row[0])
            # A slow reader must not keep others from writing: no connection is open while it takes its time.
            with self._connection() as connection:
                query = "SELECT content FROM pieces WHERE sha256 = ? AND number = ?"
                row = connection.execute(query, (sha256, number)).fetchone()
            number += 1

    def pending(self, now: float) -> tuple[list[Resource], float | None]:
        """The resources to process now, and when the next one is due (None: nothing else is waiting)."""
        with self._connection() as connection:
            due = connection.execute(
                f"{rows.SELECT} status = 'CREATING' AND ready <= ? ORDER BY sequence",
                (now,),
            ).fetchall()
            next_ready = connection.execute(
                "SELECT min(ready) FROM resources WHERE status = 'CREATING' AND ready > ?", (now,)
            ).fetchone()[0]
        return [rows.resource_of(row) for row in due], next_ready

    def begin_attempt(self, sequence: int, now: float, seconds: float) -> tuple[int, int]:
        """Record that processing a resource starts now, for at most `seconds`.

        Returns the number of earlier attempts that have never ended, and the number of this one for `forget_attempt`.
        """
        with self.write() as connection:
            return rows.begin_attempt(connection, sequence, now, now - seconds - _ATTEMPT_GRACE_SECONDS)

    def forget_attempt(self, attempt: int) -> None:
        """Delete an attempt that ended for another reason than the definition."""
        with self.write() as connection:
            connection.execute("DELETE FROM attempts WHERE number = ?", (attempt,))

    def finish(self, sequence: int, result: Result) -> None:
        """Store how a resource's processing ended; does nothing if it ended or was deleted in the meantime."""
        with self.write() as connection:
            connection.execute("DELETE FROM attempts WHERE sequence = ?", (sequence,))
            query = (
                "SELECT definition, json_extract(members, '$.readmeMarkdown') IS NULL FROM resources"
                " WHERE sequence = ? AND status = 'CREATING'"
            )
            row = connection.execute(query, (sequence,)).fetchone()
            if row is None:
                return
            definition = row[0] if result.definition is None else rows.keep_file(connection, result.definition)
            # A README that was updated in the meantime stays.
            readme = rows.keep_file(connection, result.readme) if result.readme is not None and row[1] else None
            connection.execute(
                "UPDATE resources SET status = ?, status_message = ?, engine = ?, main = ?, template = ?,"
                " definition = ?, readme = ?, found = ? WHERE sequence = ?",
                (
                    result.status,
                    result.message,
                    result.engine,
                    result.main,
                    json.dumps(result.template) if result.template else None,
                    definition,
                    readme,
                    json.dumps(result.processed) if result.processed else None,
                    sequence,
                ),
            )
