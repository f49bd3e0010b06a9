"""`packager vendor` and the network: hosts, redirects, hostile answers; nothing is written if anything fails."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli, Result
from https_support import RAW, WRONG, Web, references

FILES = "https://files.example.org"
TASK = b"version 1.0\ntask t { command {} }\n"
Vendor = Callable[..., Result]


@pytest.fixture
def vendor(cli: Cli, web: Web, tmp_path: Path) -> Vendor:
    """`packager vendor` of a repository whose main file imports these URLs, trusting the server."""
    (tmp_path / "packager.toml").touch()

    def run(*urls: str, options: tuple[str, ...] = (), ca_file: Path | None = web.ca_file) -> Result:
        lines = ["version 1.0", *(f'import "{url}" as x{number}' for number, url in enumerate(urls)), "workflow w {}"]
        (tmp_path / "main.wdl").write_text("\n".join(lines) + "\n")
        trusted = ("--ca-file", str(ca_file)) if ca_file else ()
        return cli("vendor", tmp_path, *trusted, *options)

    return run


def copies(folder: Path) -> dict[str, bytes]:
    """The copies below `vendor/`, without licences."""
    top = folder / "vendor"
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*.*") if path.is_file()}


def untouched(folder: Path) -> bool:
    return sorted(path.name for path in folder.iterdir()) == ["main.wdl", "packager.toml"]


@pytest.mark.parametrize(
    ("url", "asked", "copy"),
    [
        ("https://github.com/o/r/blob/main/a/t.wdl", f"{RAW}/o/r/main/a/t.wdl", "raw.githubusercontent.com/o/r/main/a/t.wdl"),
        ("https://github.com/o/r/raw/refs/tags/1/t.wdl", f"{RAW}/o/r/refs/tags/1/t.wdl", "raw.githubusercontent.com/o/r/refs/tags/1/t.wdl"),
        (f"http{RAW[5:]}/o/r/v1.0/t.wdl", f"{RAW}/o/r/v1.0/t.wdl", "raw.githubusercontent.com/o/r/v1.0/t.wdl"),
        ("https://gitlab.com/g/s/r/-/blob/main/t.wdl", "https://gitlab.com/g/s/r/-/raw/main/t.wdl", "gitlab.com/g/s/r/-/raw/main/t.wdl"),
        ("https://bitbucket.org/o/r/src/main/t.wdl", "https://bitbucket.org/o/r/raw/main/t.wdl", "bitbucket.org/o/r/raw/main/t.wdl"),
        (
            "https://dockstore.org/api/ga4gh/trs/v2/tools/%23workflow%2Fgithub.com%2Fo%2Fr/versions/v1/WDL/descriptor",
            "https://dockstore.org/api/ga4gh/trs/v2/tools/%23workflow%2Fgithub.com%2Fo%2Fr/versions/v1/PLAIN_WDL/descriptor",
            "dockstore.org/api/ga4gh/trs/v2/tools/_workflow_github.com_o_r/versions/v1/PLAIN_WDL/descriptor/descriptor.wdl",
        ),
    ],
)  # fmt: skip
def test_the_table_of_hosts(vendor: Vendor, web: Web, tmp_path: Path, url: str, asked: str, copy: str) -> None:
    web.serve(asked, TASK)
    result = vendor(url)
    assert result.code == 0, result.err
    assert copies(tmp_path) == {copy: TASK}
    pinned = "dockstore.org" not in asked
    assert ("its branch or tag could not be resolved" if pinned else "its content can change") in result.err


@pytest.mark.parametrize(
    ("host", "raw", "page"),
    [
        ("github.com", RAW, "https://github.com/{}/blob/{}/a/t.wdl"),
        ("gitlab.com", "https://gitlab.com", "https://gitlab.com/{}/-/blob/{}/a/t.wdl"),
        ("bitbucket.org", "https://bitbucket.org", "https://bitbucket.org/{}/src/{}/a/t.wdl"),
    ],
)
@pytest.mark.parametrize("branch", ["main", "feature/long/name"])
def test_a_branch_is_resolved_to_its_commit(
    vendor: Vendor, web: Web, tmp_path: Path, host: str, raw: str, page: str, branch: str
) -> None:
    commit = "c" * 40
    folder = f"{raw}/o/r" + {"github.com": "", "gitlab.com": "/-/raw", "bitbucket.org": "/raw"}[host]
    answer = references({branch: commit, "other": "d" * 40})
    web.serve(f"https://{host}/o/r.git/info/refs?service=git-upload-pack", answer)
    web.serve(f"{folder}/{commit}/a/t.wdl", TASK)
    web.serve(f"{folder}/{commit}/COPYING", b"GNU GENERAL PUBLIC LICENSE\n")
    expected = "feature" if branch != "main" else branch
    if expected == "feature":  # a branch cannot be below another one, but a hostile host can say so
        web.serve(f"https://{host}/o/r.git/info/refs?service=git-upload-pack", references({branch: commit}))
    result = vendor(page.format("o/r", branch))
    assert (result.code, result.err) == (0, "")
    lock = json.loads((tmp_path / "packager.lock").read_text())["files"]
    assert [entry["commit"] for entry in lock] == [commit, commit]
    assert {entry["notice"] for entry in lock} == {"GNU GENERAL PUBLIC LICENSE", ""}


def test_a_commit_needs_no_request_to_git(vendor: Vendor, web: Web) -> None:
    web.serve(f"{RAW}/o/r/{'e' * 40}/t.wdl", TASK)
    result = vendor(f"{RAW}/o/r/{'e' * 40}/t.wdl")
    assert result.code == 0
    assert "not pinned" not in result.err
    assert not any("info/refs" in url for url in web.urls)
    assert "no licence file was found for `github.com/o/r`" in result.err


def test_other_hosts_are_allowed_by_name(vendor: Vendor, web: Web, tmp_path: Path) -> None:
    web.serve(f"{FILES}/t.wdl", TASK)
    refused = vendor(f"{FILES}/t.wdl")
    assert refused.code == 2
    assert "the host `files.example.org` is not allowed" in refused.err
    command = f"packager vendor {tmp_path} --allow-host files.example.org --ca-file {web.ca_file}"
    assert f"`{command}`" in refused.err.replace("\n", " ")
    assert (web.asked, untouched(tmp_path)) == ([], True)
    assert vendor(f"{FILES}/t.wdl", options=("--allow-host", "Files.Example.org")).code == 0
    assert copies(tmp_path) == {"files.example.org/t.wdl": TASK}


def test_redirects_stay_within_the_allowed_hosts(vendor: Vendor, web: Web, tmp_path: Path) -> None:
    allowed = ("--allow-host", "files.example.org")
    web.redirect(f"{FILES}/t.wdl", "https://cdn.example.org/t.wdl")
    web.serve("https://cdn.example.org/t.wdl", TASK)
    refused = vendor(f"{FILES}/t.wdl", options=allowed)
    assert refused.code == 2
    assert "--allow-host cdn.example.org --allow-host files.example.org" in refused.err.replace("\n", " ")
    assert untouched(tmp_path)
    assert vendor(f"{FILES}/t.wdl", options=(*allowed, "--allow-host", "cdn.example.org")).code == 0
    assert copies(tmp_path) == {"files.example.org/t.wdl": TASK}


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "metadata.example.org"])
def test_private_addresses_are_refused_even_if_they_are_allowed(
    vendor: Vendor, web: Web, tmp_path: Path, host: str
) -> None:
    web.addresses["metadata.example.org"] = ["169.254.169.254"]
    web.redirect(f"{FILES}/t.wdl", f"https://{host}/latest/meta-data")
    allowed = ("--allow-host", "files.example.org")
    refused = vendor(f"{FILES}/t.wdl", options=allowed)
    assert refused.code == 2
    assert "is not allowed" in refused.err
    assert ("--allow-host 1" in refused.err) is False
    forced = vendor(f"{FILES}/t.wdl", options=(*allowed, "--allow-host", host))
    assert (forced.code, "private network" in forced.err, untouched(tmp_path)) == (2, True, True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_certificates_are_verified(vendor: Vendor, web: Web, tmp_path: Path) -> None:
    web.serve(f"{RAW}/o/r/main/t.wdl", TASK)
    result = vendor(f"{RAW}/o/r/main/t.wdl", ca_file=None)
    assert result.code == 2
    assert "the certificate of `raw.githubusercontent.com` is not valid" in result.err
    result = vendor(f"https://{WRONG}/t.wdl", options=("--allow-host", WRONG))
    assert f"the certificate of `{WRONG}` is not valid" in result.err
    assert untouched(tmp_path)
    assert "cannot read" in vendor(f"{RAW}/o/r/main/t.wdl", ca_file=tmp_path / "none.pem").err


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"content": b"a" * (33 * 1024 * 1024)}, "it is larger than 33,554,432 bytes"),
        ({"content": gzip.compress(b"0" * 10_000_000), "headers": {"Content-Encoding": "gzip"}}, "compressed content"),
        ({"content": TASK, "cut": True}, "the host ended the connection too early"),
        ({"content": b"PK\x03\x04" + gzip.compress(b"0" * 10_000_000)}, "it is not UTF-8 text"),
        (
            {"content": b"\n <!DOCTYPE html><title>Sign in</title>"},
            "the host sends a web page (is the repository private?)",
        ),
        ({"status": 500}, "the host answers with status 500"),
        ({"status": 404}, "the host answers with status 404"),
        ({"status": 302, "headers": {"Location": "http://raw.githubusercontent.com/x"}}, "not `https`"),
    ],
)
def test_answers_that_are_refused(
    vendor: Vendor, web: Web, tmp_path: Path, answer: dict[str, object], reason: str
) -> None:
    url = f"{RAW}/o/r/{'e' * 40}/t.wdl"
    web.serve(url, **answer)  # type: ignore[arg-type]
    result = vendor(url)
    assert result.code == 2
    assert reason in result.err
    assert untouched(tmp_path)


def test_imports_that_go_in_a_circle_over_two_hosts(vendor: Vendor, web: Web, tmp_path: Path) -> None:
    web.serve(f"{FILES}/a/t.wdl", b'version 1.0\nimport "https://cdn.example.org/b.wdl"\nimport "../c.wdl"\n')
    web.serve(f"{FILES}/c.wdl", b'version 1.0\nimport "a/t.wdl"\n')
    web.serve("https://cdn.example.org/b.wdl", b'version 1.0\nimport "https://files.example.org/a/t.wdl" as t\n')
    allowed = ("--allow-host", "files.example.org", "--allow-host", "cdn.example.org")
    assert vendor(f"{FILES}/a/t.wdl", options=allowed).code == 0
    assert copies(tmp_path) == {
        "files.example.org/a/t.wdl": b'version 1.0\nimport "../../cdn.example.org/b.wdl"\nimport "../c.wdl"\n',
        "files.example.org/c.wdl": b'version 1.0\nimport "a/t.wdl"\n',
        "cdn.example.org/b.wdl": b'version 1.0\nimport "../files.example.org/a/t.wdl" as t\n',
    }
    assert vendor("vendor/files.example.org/a/t.wdl", options=allowed).out.startswith("nothing to do")


def test_one_path_with_two_contents(vendor: Vendor, web: Web, tmp_path: Path) -> None:
    urls = [f"{FILES}/t.wdl?version=1", f"{FILES}/t.wdl?version=2", f"{FILES}/t.wdl", f"{FILES}/T.wdl"]
    for number, url in enumerate(urls):
        web.serve(url, TASK + b"# %d\n" % number)
    assert vendor(*urls, options=("--allow-host", "files.example.org")).code == 0
    assert sorted(copies(tmp_path).values()) == [TASK + b"# %d\n" % number for number in range(4)]
    assert len({path.lower() for path in copies(tmp_path)}) == 4


def test_credentials_are_neither_sent_nor_written(
    vendor: Vendor, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path.parent / ".netrc").write_text("machine raw.githubusercontent.com login me password letmein\n")
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    monkeypatch.setenv("GITHUB_TOKEN", "letmein")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    web.serve(f"{RAW}/o/r/main/t.wdl", TASK)
    assert vendor(f"{RAW}/o/r/main/t.wdl").code == 0
    assert web.asked
    assert all(set(headers) == {"Host", "User-Agent", "Accept-Encoding", "Connection"} for _, headers in web.asked)
    for url in ("https://me:letmein@files.example.org/t.wdl", f"{FILES}/t.wdl?token=letmein"):
        result = vendor(url, options=("--allow-host", "files.example.org"))
        assert (result.code, "letmein" in result.err + result.out) == (2, False)
