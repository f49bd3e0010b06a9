"""`make docs`: whether a built site loads anything from other hosts, or lacks its search; `python tests/check_site.py FOLDER`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

# What a browser loads with a page; `a` only links to another host.
_LOADED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
_ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//")
_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?(?:[a-z]+:)?//[^)\"']*")
_SEARCH = ("search/search_index.js", "assets/iframe-worker.js")


class _Page(HTMLParser):
    """Collects the addresses on other hosts that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        value = dict(attrs).get(_LOADED.get(tag, ""))
        if value is not None and _ELSEWHERE.match(value) and dict(attrs).get("rel") != "canonical":
            self.addresses.append(f"<{tag}> {value}")


def faults(site: Path) -> Iterator[str]:
    """What is wrong with a built site, as lines."""
    for name in _SEARCH:
        if not (site / name).is_file():
            yield f"{name} is missing: the search does not work from files"
    for path in sorted(site.rglob("*")):
        if path.suffix == ".html":
            page = _Page()
            page.feed(path.read_text(encoding="utf-8"))
            yield from (f"{path}: loads {address}" for address in page.addresses)
        elif path.suffix == ".css":
            yield from (f"{path}: loads {found}" for found in _STYLE.findall(path.read_text(encoding="utf-8")))


def main() -> int:
    """Print the faults of a site; 1 if there are any."""
    lines = list(faults(Path(sys.argv[1])))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return int(bool(lines))


if __name__ == "__main__":
    raise SystemExit(main())
