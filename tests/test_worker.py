"""A function in a process of its own: an answer, or a reason why there is none, within bounds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from packager.worker import Ending, NoAnswerError, Worker

TARGET = "worker_targets:act"


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(TARGET, seconds=30, memory=2 * 1024**3)
    yield worker
    worker.close()


@pytest.mark.parametrize("question", [None, 1, "a\nb", "\ud800", ["x", {"y": [True]}], "é" * 100_000])
def test_what_json_holds_comes_back(worker: Worker, question: object) -> None:
    assert worker.ask(question) == question


def test_what_is_printed_is_no_answer(worker: Worker) -> None:
    assert worker.ask("print") == "the answer"


def test_one_process_answers_many_questions(worker: Worker) -> None:
    assert worker.ask("pid") == worker.ask("pid") != os.getpid()


@pytest.mark.parametrize("question", ["crash", "exit", "fail", "memory"])
def test_an_end_without_an_answer_is_told_and_the_next_question_has_one(worker: Worker, question: str) -> None:
    if question == "memory" and sys.platform != "linux":
        pytest.skip("only Linux bounds the address space")
    with pytest.raises(NoAnswerError) as caught:
        worker.ask(question)
    assert caught.value.ending is Ending.CRASH
    assert worker.ask("still here") == "still here"


def test_time_is_bounded_and_the_next_question_has_an_answer() -> None:
    worker = Worker(TARGET, seconds=0.5, memory=2 * 1024**3)
    with pytest.raises(NoAnswerError) as caught:
        worker.ask("hang")
    assert caught.value.ending is Ending.TIME
    worker.seconds = 30
    assert worker.ask("still here") == "still here"
    worker.close()


def test_a_process_that_was_killed_is_replaced(worker: Worker) -> None:
    pid = worker.ask("pid")
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    for _ in range(2):
        try:
            assert worker.ask("pid") != pid
        except NoAnswerError as error:
            assert error.ending is Ending.CRASH  # noqa: PT017 - it died before it took the question


def test_several_threads_get_their_own_answers(worker: Worker) -> None:
    answers: dict[int, object] = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: worker.ask(n)})) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: n for n in range(8)}


def test_neither_the_current_folder_nor_the_environment_decides_what_is_imported(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "importlib", "sitecustomize", "packager"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.syspath_prepend("")
    path = worker.ask("path")
    assert isinstance(path, list)
    assert all(os.path.isabs(entry) for entry in path)  # noqa: PTH117 - these are strings
    assert not (tmp_path / "ran").exists()
    environment = worker.ask("environment")
    assert isinstance(environment, list)
    assert "AWS_SECRET_ACCESS_KEY" not in environment


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGINT, getattr(signal, "SIGKILL", signal.SIGTERM)])
def test_no_process_is_left_behind(number: signal.Signals) -> None:
    program = textwrap.dedent(
        f"""
        import signal, sys, threading, time
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in what it starts in the background
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from packager.worker import Worker
        worker = Worker({TARGET!r}, seconds=1, memory=2 * 1024**3)
        pid = worker.ask("pid")
        threading.Thread(target=worker.ask, args=("hang",), daemon=True).start()
        time.sleep(0.3)
        print(pid, flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(number)
    parent.wait(30)
    parent.stdout.close()
    for _ in range(600):
        if not _is_running(child):
            return
        time.sleep(0.05)
    pytest.fail("the process goes on")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
