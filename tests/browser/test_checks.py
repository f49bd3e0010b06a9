"""The checks of pages find what they look for: each bad page has one problem."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_support import browser, chromium_program, problems_of

pytestmark = pytest.mark.browser
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title><style>{style}</style></head>'
    "<body><main><h1>t</h1>{body}</main></body></html>"
)
_SVG = '<svg class="picture" viewBox="0 0 300 100" width="300" height="100">{}</svg>'
_BOX = '<g><rect x="{x}" y="10" width="60" height="30" fill="none"></rect><text x="{x}" y="25">{text}</text></g>'
BAD = {
    "scrolls sideways": ("", '<div style="width: 2000px">x</div>'),
    "text leaves its box": ("", f'<p style="width: 50px">{"x" * 30}</p>'),
    "labels overlap": ("", _SVG.format(_BOX.format(x=10, text="one") + _BOX.format(x=15, text="two"))),
    "label leaves its box": ("", _SVG.format(_BOX.format(x=10, text="a long label in a small box"))),
    "boxes overlap": ("", _SVG.format(_BOX.format(x=10, text="") + _BOX.format(x=50, text=""))),
    "a line runs behind a box": ("", _SVG.format(_BOX.format(x=10, text="") + '<path class="line" d="M30 0V90"></path>')),
    "is cut by the edge of the picture": ("", _SVG.format(_BOX.format(x=260, text=""))),
    "color-contrast": ("p { color: #ccc; background: #fff }", "<p>pale</p>"),
    "dark: color-contrast": ("@media (prefers-color-scheme: dark) { p { color: #333; background: #000 } }", "<p>dark</p>"),
    "is folded": ("", "<details><summary>more</summary><p>hidden on paper</p></details>"),
    "on paper: is cut": ("@media print { table { width: 900px } }", "<table><tr><td>x</td></tr></table>"),
    "focus: not visible": ("a:focus { outline: none }", '<a href="#x">x</a>'),
    "dialog: 1": ("", "<script>alert(1)</script>"),
    "console: 2": ("", "<script>console.log(2)</script>"),
    "script error": ("", "<script>throw new Error('3')</script>"),
    "requests https://example.com": ("", '<img src="https://example.com/x.png" alt="x">'),
    "without JavaScript": ("", "<script>document.body.append('only with a script')</script>"),
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.mark.parametrize("problem", BAD)
def test_a_bad_page_is_found(chromium: Any, tmp_path: Path, problem: str) -> None:
    style, body = BAD[problem]
    page = tmp_path / "page.html"
    page.write_text(_PAGE.format(style=style, body=body), encoding="utf-8")
    assert problem in "\n".join(problems_of(chromium, page))


def test_a_good_page_has_no_problem(chromium: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(_PAGE.format(style="", body='<p>fine</p><a href="#x" id="x">x</a>'), encoding="utf-8")
    assert problems_of(chromium, page) == []


def test_a_missing_browser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/program")
    with pytest.raises(AssertionError, match="/no/such/program"):
        chromium_program()
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AssertionError, match="Chromium is not installed"):
        chromium_program()
