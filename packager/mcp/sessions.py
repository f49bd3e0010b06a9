"""What the answering process keeps between calls: a session for each set of roots, in which only what changed is checked again."""

from __future__ import annotations

import os
import time
from collections import OrderedDict

from packager.app.session import Session
from packager.cache import Cache, default_directory

_MOST_SESSIONS = 4
_sessions: OrderedDict[tuple[str, ...], Session] = OrderedDict()


def session_of(roots: tuple[str, ...], *, saves: bool) -> Session:
    """The session of these roots and the current folder, to which its paths are relative.

    `saves`: results go to the user's cache too; results of texts that are not on disk need not outlive the process.
    """
    key = (os.getcwd(), *roots)  # noqa: PTH109 - a string
    session = _sessions.pop(key, None)
    if session is None:
        below = Cache(default_directory())
        below.prune(time.time())
        session = Session(below)
    _sessions[key] = session
    while len(_sessions) > _MOST_SESSIONS:
        _sessions.popitem(last=False)
    session.cache.saves = saves
    session.forget_places()
    return session
