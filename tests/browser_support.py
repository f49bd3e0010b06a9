"""What a person would find wrong with a page in a real browser: Chromium opens it from the disk, without a network.

`problems_of` returns one sentence for each problem. The page is measured in the sizes of a phone, a laptop and a large screen, in light and
dark and on paper, with the keyboard, and with axe-core, which checks accessibility.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WIDTHS = (400, 1280, 1920)
PAPER = 718  # A4 without its margins, in pixels of CSS
SCHEMES = ("light", "dark")
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_MOST_KEYS = 120  # of Tab on one page: what follows is of the same kinds
_MOST_SHOWN = 5
_FIRST_ROWS = 15
_MOST_PIXELS = 5000  # the height of a screenshot
_TIMEOUT = 120_000  # milliseconds: a machine may be busy
_MEASURES = (Path(__file__).parent / "browser" / "measures.js").read_text(encoding="utf-8")


def chromium_program() -> str:
    """The path of Chromium: that of the variable CHROMIUM, or the first one on PATH.

    Raises:
        AssertionError: it is not installed.
    """
    wanted = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [wanted] if wanted else _PROGRAMS)), None)
    assert found, (
        f"CHROMIUM={wanted} is not a program"
        if wanted
        else "Chromium is not installed: `apt-get install --no-install-recommends chromium`, or set CHROMIUM to its path"
    )
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A running Chromium, with a new profile, without a window."""
    from playwright.sync_api import sync_playwright

    program = chromium_program()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        try:
            yield started
        finally:
            started.close()


def axe_source() -> str:
    """The program of axe-core."""
    import axe_playwright_python

    return (Path(str(axe_playwright_python.__file__)).parent / "axe.min.js").read_text(encoding="utf-8")


def problems_of(chromium: Any, file: Path, *, pictures: Path | None = None, all_rows: bool = False) -> list[str]:
    """Everything that is wrong with a page.

    `pictures`: a folder for screenshots of it. `all_rows`: check the colours of all rows of long tables, which takes half a minute, and not
    of the first ones only.
    """
    with _opened(chromium, file) as (page, events):
        found = _seen(page, pictures and pictures / file.stem, all_rows=all_rows)
        found += [f"on paper: {problem}" for problem in _printed(page)]
        found += _keyboard(page)
        shown = page.evaluate("document.body.innerText")
        found += events
    with _opened(chromium, file, script=False) as (page, events):
        page.evaluate("unfold()")
        same = page.evaluate("document.body.innerText") == shown
        found += events if same else [*events, "without JavaScript, the page has another text"]
    return found


def measured(chromium: Any, file: Path, measure: str) -> list[str]:
    """What one measure finds on a page or picture, and what this did that none should do."""
    with _opened(chromium, file) as (page, events):
        return [*page.evaluate(measure), *events]


def dismissed(dialog: Any, events: list[str]) -> None:
    """Close a dialog, and keep what it said."""
    events.append(f"dialog: {dialog.message}")
    dialog.dismiss()


@contextmanager
def _opened(chromium: Any, file: Path, *, script: bool = True) -> Iterator[tuple[Any, list[str]]]:
    """A page without a network, and what it did that no page should do."""
    events: list[str] = []
    context = chromium.new_context(offline=True, java_script_enabled=script, accept_downloads=False)
    context.set_default_timeout(_TIMEOUT)
    page = context.new_page()
    address = file.resolve().as_uri()
    page.on("request", lambda request: events.append(f"requests {request.url}") if request.url != address else None)
    page.on("console", lambda message: events.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: events.append(f"script error: {error}"))
    page.on("dialog", lambda dialog: dismissed(dialog, events))
    context.on("page", lambda other: events.append(f"opens {other.url}") if other is not page else None)
    try:
        page.goto(address)
        page.evaluate(_MEASURES)
        yield page, events
    finally:
        context.close()


def _seen(page: Any, pictures: Path | None, *, all_rows: bool) -> list[str]:
    """What is wrong on a screen, as it opens and with everything unfolded."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if pictures:
            page.set_viewport_size({"width": width, "height": _height_of_picture(page)})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{pictures}-{width}-{scheme}.png")
        found += [f"{width} px: {problem}" for problem in page.evaluate("layoutProblems()")]
    page.evaluate("unfold()")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width} px, unfolded: {problem}" for problem in page.evaluate("layoutProblems()")]
    page.set_viewport_size({"width": WIDTHS[1], "height": 900})
    found += page.evaluate("pictureProblems()")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {problem}" for problem in accessibility_problems(page, all_rows=all_rows)]
    return list(dict.fromkeys(found))


def _height_of_picture(page: Any) -> int:
    """The height of a page, or as much of it as a person can look at in one picture."""
    return min(_MOST_PIXELS, int(page.evaluate("document.body.scrollHeight")))


def accessibility_problems(page: Any, *, all_rows: bool = True) -> list[str]:
    """The violations that axe-core finds, with the first elements of each."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe_source())
    left_out = "[]" if all_rows else f"['tr:nth-child(n+{_FIRST_ROWS})', 'li:nth-child(n+{_FIRST_ROWS})']"
    result = page.evaluate(f"axe.run({{include: ['html'], exclude: {left_out}}}, {{resultTypes: ['violations']}})")
    return [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for violation in result["violations"]
        for node in violation["nodes"][:_MOST_SHOWN]
    ]


def _printed(page: Any) -> list[str]:
    """What is wrong on paper: what is too wide is cut there, and what is folded cannot be opened."""
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.evaluate("fold()")
    found = list(page.evaluate("paperProblems()"))
    page.emulate_media(media="screen", color_scheme="light")
    page.set_viewport_size({"width": WIDTHS[1], "height": 900})
    return found


def _keyboard(page: Any) -> list[str]:
    """Whether Tab leads to all links, folded parts and wide parts in their order, and shows where it is; and Enter opens a folded part."""
    page.evaluate("fold()")
    first = page.evaluate("opensWithEnter()")
    if first:
        page.keyboard.press("Enter")
        if not page.evaluate("document.activeElement.parentElement.open"):
            return ["Enter does not open a folded part"]
    page.evaluate("unfold()")
    expected = page.evaluate("numberReachable()")
    found: list[str] = []
    for number in range(min(expected, _MOST_KEYS)):
        if number:
            page.keyboard.press("Tab")
        reached, problem = page.evaluate("focused()")
        if reached != number:
            return [*found, f"Tab leads to part {reached} and not to part {number} ({problem})"]
        found += [f"focus: {problem}"] if problem else []
    return list(dict.fromkeys(found))
