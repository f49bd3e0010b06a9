"""Rules about the package as a whole: its size, its main file, and what the service would choose."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Api, Guide, Own, Standard, cite
from packager.healthomics import limits
from packager.rules.facts import BAD_START, CARRIAGE_RETURN, LFS_POINTER, Facts
from packager.rules.rule import RuleFinding, Subject, rule


def _main(facts: Facts) -> Place:
    return Place(facts.workflow.main if facts.workflow else "", 1, 1)


@rule(
    "ZIP001",
    "zip-too-large",
    Severity.ERROR,
    subject=Subject.ARCHIVE,
    hint="exclude data files with `--exclude` (`packager package PATH --list` shows the sizes), or put the zip on S3",
    source=cite(Guide.FIXED_QUOTAS, "zip", Guide.PACKAGING, "sizes", Guide.CREATION_OVERVIEW, "4 MiB"),
    bad="a zip of 5 MB, sent with the request",
    good="the same workflow without its reference data, 40 KB",
)
def zip_too_large(facts: Facts) -> Iterator[RuleFinding]:
    """The package is larger than the service accepts.

    The limit is 4.4 MB for a zip in the request and 100 MB for a zip on S3. Before a submission the smaller limit is only a warning.
    """
    if facts.archive is None or facts.archive.zip_size is None:
        return
    size = facts.archive.zip_size
    if size > limits.ZIP_S3_MAX_BYTES:
        yield RuleFinding(
            _main(facts),
            f"the zip has {size / 1e6:.1f} MB; the limit on S3 is {limits.ZIP_S3_MAX_BYTES / 1e6:.0f} MB",
        )
    elif facts.archive.inline and size > limits.ZIP_INLINE_MAX_BYTES:
        # Only a request that is about to be sent is certain to fail; in other cases the zip may go to S3.
        severity = Severity.ERROR if facts.submission is not None else Severity.WARNING
        yield RuleFinding(
            _main(facts),
            f"the zip has {size / 1e6:.1f} MB; the limit in a request is {limits.ZIP_INLINE_MAX_BYTES / 1e6:.1f} MB",
            severity=severity,
        )


@rule(
    "ZIP002",
    "zip-nearly-too-large",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="exclude data files with `--exclude`, or put the zip on S3",
    source=cite(Guide.FIXED_QUOTAS, "zip", Guide.PACKAGING, "sizes", Guide.CREATION_OVERVIEW, "4 MiB"),
    bad="a zip of 4.3 MB, sent with the request",
    good="the same workflow without its reference data, 40 KB",
)
def zip_nearly_too_large(facts: Facts) -> Iterator[RuleFinding]:
    """The size of the package is between the two limits that the user guide names.

    One page names 4 MiB for a zip in the request, a newer page 4.4 MB.
    """
    size = facts.archive.zip_size if facts.archive else None
    if facts.archive is None or size is None or not facts.archive.inline:
        return
    if limits.ZIP_INLINE_WARN_BYTES < size <= limits.ZIP_INLINE_MAX_BYTES:
        yield RuleFinding(
            _main(facts),
            f"the zip has {size / 1024**2:.2f} MiB; one page of the user guide allows 4 MiB in a request",
        )


@rule(
    "ZIP003",
    "unusual-main-extension",
    Severity.ERROR,
    subject=Subject.ARCHIVE,
    hint="give the main file the extension of its engine: `.wdl`, `.nf` or `.cwl`",
    source=cite(Guide.REQUIREMENTS, Guide.PACKAGING, "extensions"),
    bad="""
    $ packager lint main.yml
    main.yml
        cwlVersion: v1.2
        class: CommandLineTool
        baseCommand: "true"
        inputs: []
        outputs: []
    """,
    good="""
    $ packager lint main.cwl
    main.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        baseCommand: "true"
        inputs: []
        outputs: []
    """,
)
def unusual_main_extension(facts: Facts) -> Iterator[RuleFinding]:
    """The service does not know the main file's extension.

    It detects definition files by `.wdl`, `.nf` or `.cwl`, and rejects any other main file.
    """
    if facts.workflow is None:
        return
    extension = posixpath.splitext(facts.workflow.main)[1]
    if extension not in (".wdl", ".nf", ".cwl"):
        yield RuleFinding(
            _main(facts),
            f"the main file `{facts.workflow.main}` does not end in `.wdl`, `.nf` or `.cwl`",
            paths=(facts.workflow.main,),
        )


@rule(
    "ZIP004",
    "main-not-packaged",
    Severity.ERROR,
    subject=Subject.ARCHIVE,
    hint="make the file readable, and do not exclude it",
    source=cite(Api.OMICS, "CreateWorkflowRequest.main", Guide.REQUIREMENTS, "complete"),
    bad="`main` is `workflow.wdl`, which is not in the zip",
    good="`main` is `main.wdl`, which is in the zip",
)
def main_not_packaged(facts: Facts) -> Iterator[RuleFinding]:
    """The main file is not in the package, and no other finding gives the reason.

    The workflow becomes FAILED.
    """
    if facts.workflow is None or facts.archive is None:
        return
    if any(
        found.path == facts.workflow.main and found.severity is Severity.ERROR for found in facts.workflow.diagnostics
    ):
        return  # the reason why it is missing was reported
    if all(entry.path != facts.workflow.main for entry in facts.archive.entries):
        yield RuleFinding(
            _main(facts), f"the main file `{facts.workflow.main}` is not in the package", paths=(facts.workflow.main,)
        )


@rule(
    "ZIP006",
    "ambiguous-zip",
    Severity.ERROR,
    subject=Subject.ARCHIVE,
    hint="rebuild the zip with `packager package`, and find out where this zip comes from",
    source=cite(Standard.ZIP),
    bad="a zip in which a second `main.wdl` is hidden behind the first one",
    good="the zip that `packager package` writes",
)
def ambiguous_zip(facts: Facts) -> Iterator[RuleFinding]:
    """Programs that unpack the zip may see other files than those that were checked.

    A zip describes its content more than once: in its directory, before each file, and by the positions of its records. If these differ, or
    if there are bytes that belong to no file, programs that unpack it do not agree on its content. Such a zip is not sent.
    """
    if facts.archive is None:
        return
    for place, message in facts.archive.zip_faults:
        main = facts.workflow.main if facts.workflow else ""
        yield RuleFinding(place if place.path else Place(main), message)


@rule(
    "ZIP020",
    "lfs-pointer",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    hint="fetch the file with `git lfs pull` (in CI: a checkout with `lfs: true`), or put it on S3 and make it an input",
    source=cite(Standard.GIT_LFS, "pointer"),
    bad="""
        $ packager lint main.wdl --include panel.bed
        main.wdl
            version 1.1
            workflow w { output { File panel = "panel.bed" } }
        panel.bed
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 94371840
    """,
    good="""
        $ packager lint main.wdl --include panel.bed
        main.wdl
            version 1.1
            workflow w { output { File panel = "panel.bed" } }
        panel.bed
            chr1 100 200
    """,
)
def lfs_pointer(facts: Facts) -> Iterator[RuleFinding]:
    """A file of the package is a pointer of Git LFS in place of the file.

    The repository was cloned without Git LFS. A task that reads the file gets a few lines of text instead of its content.
    """
    for content in facts.archive.contents if facts.archive is not None else ():
        if content.kind == LFS_POINTER:
            message = f"the file is a Git LFS pointer; the file itself ({_size(int(content.what))}) is not here"
            yield RuleFinding(content.place, message)


@rule(
    "ZIP021",
    "script-bad-first-line",
    Severity.WARNING,
    subject=Subject.ARCHIVE,
    engines=("WDL", "CWL"),
    hint="save the script as UTF-8 without a byte-order mark and with LF line ends; `* text eol=lf` in `.gitattributes` keeps it so",
    source=cite(Own.PACKAGER, "line ends"),
    bad="a script `count.sh` with Windows line ends that a CWL tool has as a default file",
    good="the same script with LF line ends",
)
def script_bad_first_line(facts: Facts) -> Iterator[RuleFinding]:
    """The first line of a packaged script ends with a carriage return, or a byte-order mark is before it.

    The system then does not find the program that the line names, and a task that runs the script by name fails. A shell fails also if it
    runs the script; for other languages than those of shells (`.sh`, `.bash`), the severity is info.
    """
    scripts = [content for content in facts.archive.contents if content.kind == BAD_START] if facts.archive else []
    if scripts:
        of_shells = [script for script in scripts if script.place.path.endswith((".sh", ".bash"))]
        first = next(iter(of_shells), scripts[0])
        what = "ends with a carriage return" if first.what == CARRIAGE_RETURN else "has a byte-order mark before it"
        more = f" ({len(scripts) - 1} more scripts)" if len(scripts) > 1 else ""
        severity = None if of_shells else Severity.INFO
        yield RuleFinding(first.place, f"the first line of the script {what}{more}", severity=severity)


def _size(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("KB", 1000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
