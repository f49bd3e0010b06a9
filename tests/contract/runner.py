"""Runs cases and probes at the same time, deletes what they created, and reports."""

from __future__ import annotations

import contextlib
import json
import re
import textwrap
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from botocore.exceptions import ClientError

from contract import checks, creations, lifecycle, request_limits, templates
from contract.account import Account, NotAskedError, Session, StoppedError
from contract.case import Case, Observation, Probe, UnexpectedAnswerError

Say: TypeAlias = Callable[[str], None]
CASES: tuple[Case, ...] = (*lifecycle.CASES, *request_limits.CASES, *creations.CASES, *checks.CASES, *templates.CASES)
WORKERS = 12
LOCAL_WORKERS = 4  # as many as the emulator, which processes one definition after another, keeps busy
COMMENT_WIDTH = 120
# How reading an answer fails that lacks a member, or has a value of another kind.
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, zipfile.BadZipFile)


@dataclass(slots=True)
class Result:
    """What came of a run: answers that differ and questions without an answer, by name; observations; what was left."""

    as_expected: list[str] = field(default_factory=list)
    different: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_asked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    observed: list[tuple[Probe, Observation]] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def good(self) -> bool:
        """Whether every answer is as expected, and nothing was left."""
        return not (self.different or self.not_asked or self.left or self.interrupted)


def key_of(case: Case) -> str:
    """The part of a workflow's name that tells its case."""
    return re.sub(r"[^a-z0-9]+", "-", f"{case.topic} {case.name}".lower())[:90].strip("-")


def plan(cases: Sequence[Case], probes: Sequence[Probe]) -> list[str]:
    """What a run does, in lines."""
    topics = Counter(case.topic for case in cases)
    workflows = sum(case.workflows for case in cases) + sum(probe.workflows for probe in probes)
    lines = [
        f"Plan: create up to {workflows} workflows, one or two per question, and delete each when its question is answered."
    ]
    lines += [f"  {count:3} expected answers about {topic}" for topic, count in topics.items()]
    lines += [f"  {len(probes):3} observations of what no document settles"] if probes else []
    return lines


def run(account: Account, cases: Sequence[Case], probes: Sequence[Probe], say: Say) -> Result:
    """Ask everything; what was created is deleted whatever happens. ^C stops, cleans up, and is noted in the result."""
    result = Result()
    try:
        _ask_all(account, cases, probes, result, say)
    except KeyboardInterrupt:
        result.interrupted = True
    finally:
        account.stopped.set()
        _clean(account, result, say)
    return result


def _clean(account: Account, result: Result, say: Say) -> None:
    """Delete what is left."""
    try:
        result.left = account.clean()
    except KeyboardInterrupt:
        result.interrupted = True
        result.left = account.left
    except (ClientError, NotAskedError) as error:
        say(f"cannot delete: {error}")
        result.left = account.left


def _ask_all(account: Account, cases: Sequence[Case], probes: Sequence[Probe], result: Result, say: Say) -> None:
    with ThreadPoolExecutor(LOCAL_WORKERS if account.own_words else WORKERS) as pool:
        try:
            pending: set[Future[None]] = {pool.submit(_ask_case, account, case, result, say) for case in cases}
            pending |= {pool.submit(_ask_probe, account, probe, result, say) for probe in probes}
            while pending:
                # Without a time, ^C would wait for the next answer on Windows.
                done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
        except BaseException:
            account.stopped.set()
            say("interrupted: deleting what was created; if you interrupt again, some of it stays until the next run")
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _ask_case(account: Account, case: Case, result: Result, say: Say) -> None:
    session = account.session(key_of(case))
    name = f"{case.topic}: {case.name}"
    try:
        case.run(session)
        result.as_expected.append(name)
        say(f"as expected  {name}")
    except UnexpectedAnswerError as difference:
        result.different[name] = (str(difference), f"  source: {'; '.join(citation.text for citation in case.source)}")
        say(f"DIFFERENT    {name}: {difference}")
    except (ClientError, *UNREADABLE) as error:
        result.different[name] = (f"expected another answer, got {type(error).__name__}: {error}",)
        say(f"DIFFERENT    {name}: expected another answer, got {type(error).__name__}: {error}")
    except NotAskedError as reason:
        result.not_asked[name] = (str(reason),)
        say(f"not asked    {name}: {reason}")
    except StoppedError:
        return
    finally:
        _close(session)


def _ask_probe(account: Account, probe: Probe, result: Result, say: Say) -> None:
    session = account.session(probe.key)
    try:
        observation = probe.ask(session)
    except (ClientError, NotAskedError, *UNREADABLE) as reason:
        result.not_asked[probe.question] = (str(reason),)
        say(f"not asked    {probe.question}: {reason}")
    except StoppedError:
        return
    else:
        result.observed.append((probe, observation))
        say(f"observed     {probe.question} {observation.sentence}")
    finally:
        _close(session)


def _close(session: Session) -> None:
    """Delete the workflows of one question; what cannot be deleted now is deleted at the end."""
    with contextlib.suppress(NotAskedError, StoppedError):
        session.close()


def constants(observed: Iterable[tuple[Probe, Observation]], region: str) -> list[str]:
    """Observations as constants for `healthomics/limits.py`, each with a comment."""
    day = datetime.now(UTC).date().isoformat()
    lines: list[str] = []
    for probe, observation in sorted(observed, key=lambda pair: pair[0].key):
        lines += _comment(f"{probe.question} Open in {', '.join(probe.sources)}.")
        lines += _comment(f"Observed on {day} in {region}: {observation.sentence}")
        value = json.dumps(observation.value) if isinstance(observation.value, str) else repr(observation.value)
        lines += [f"{observation.constant}: Final = {value}", ""]
    return lines


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        COMMENT_WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def report(result: Result, region: str) -> list[str]:
    """The end of a run, in lines."""
    lines = []
    if result.observed:
        lines += [
            "",
            "# Observations, to paste into packager/healthomics/limits.py:",
            "",
            *constants(result.observed, region),
        ]
    for heading, entries in (("Different answers:", result.different), ("Not asked:", result.not_asked)):
        if entries:
            lines += ["", heading]
        for name, (reason, *more) in sorted(entries.items()):
            lines += [f"- {name}: {reason}", *more]
    counts = (
        f"{len(result.as_expected)} answers as expected",
        f"{len(result.different)} different",
        f"{len(result.observed)} observations",
        f"{len(result.not_asked)} not asked",
    )
    lines += ["", ", ".join(counts)]
    if result.left:
        lines += [f"could not delete {', '.join(sorted(result.left))}: run `make live` again, or delete them yourself"]
    else:
        lines += ["every workflow of the suite is deleted"]
    return lines
