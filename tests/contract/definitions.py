"""The tiny definitions that the suite sends, and their zips."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from typing import Final

WDL: Final = "version 1.0\nworkflow w {\n  input { String x }\n  output { String y = x }\n}\n"
NO_INPUTS_WDL: Final = 'version 1.0\nworkflow w {\n  output { String y = "a" }\n}\n'
NEXTFLOW: Final = "workflow { println 'hello' }\n"
CWL: Final = (
    "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: echo\n"
    "inputs:\n  x:\n    type: string\n    inputBinding: {position: 1}\noutputs: []\n"
)
# A Float that becomes an Int: an implicit conversion.
CONVERSIONS: Final = "version 1.0\nworkflow w {\n  input { Float x }\n  Int whole = x\n  output { Int y = whole }\n}\n"
BROKEN_WDL: Final = "version 1.0\nworkflow w {\n"
_PAD_NAME: Final = "padding.bin"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of files in the order given."""
    return zip_of_entries(files.items())


def zip_of_entries(entries: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A zip of entries, which may have the same name."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of a name that is there already
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def zip_with_link(files: Mapping[str, str | bytes], link: str, target: str) -> bytes:
    """A zip of files, and of a symbolic link."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        entry = zipfile.ZipInfo(link)
        entry.create_system = 3  # Unix, where an entry has a file type
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)
    return buffer.getvalue()


def zip_of_size(files: Mapping[str, str | bytes], size: int) -> bytes:
    """A zip of files that has exactly so many bytes, because of one more file, which is stored without compression."""

    def padded(length: int) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            archive.writestr(_PAD_NAME, b"0" * length)
        return buffer.getvalue()

    return padded(size - len(padded(0)))


NF_ZIP: Final = zipped({"main.nf": NEXTFLOW})
OTHER_NF_ZIP: Final = zipped({"main.nf": "workflow { println 'bye' }\n"})
WDL_ZIP: Final = zipped({"main.wdl": WDL})
