"""Whether an uploaded file is what its name says, and cannot exhaust the machine when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.image_headers import read_header
from pelagia.io.sources.archive import open_zip

HEAD_BYTES = 4096
MAX_IMAGE_PIXELS = 2_000_000_000
# An image that shrinks to less than this many bytes is read whole to see its size; larger ones cannot be bombs.
HEADER_BYTES = 32 << 20

SIGNATURES: tuple[tuple[str, bytes], ...] = (
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("jpeg", b"\xff\xd8\xff"),
    ("tiff", b"II*\0"),
    ("tiff", b"MM\0*"),
    ("tiff", b"II+\0"),
    ("tiff", b"MM\0+"),
    ("bmp", b"BM"),
    ("gif", b"GIF8"),
    ("zip", b"PK\x03\x04"),
    ("zip", b"PK\x05\x06"),
    ("7z", b"7z\xbc\xaf\x27\x1c"),
    ("rar", b"Rar!\x1a\x07"),
    ("gzip", b"\x1f\x8b"),
    ("bzip2", b"BZh"),
    ("xz", b"\xfd7zXZ\0"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    ("pdf", b"%PDF-"),
    ("program", b"MZ"),
    ("program", b"\x7fELF"),
    ("hdf5", b"\x89HDF\r\n\x1a\n"),
    ("parquet", b"PAR1"),
)
EXPECTED: Mapping[str, str] = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".bmp": "bmp",
    ".gif": "gif",
    ".zip": "zip",
    ".pdf": "pdf",
    ".parquet": "parquet",
    ".h5": "hdf5",
}
TEXTS = frozenset({".csv", ".tsv", ".txt", ".json", ".geojson", ".xml", ".html", ".md", ".ctx"})
WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
IMAGES = frozenset({"png", "jpeg", "tiff", "bmp"})
OTHER_ARCHIVES = frozenset({"7z", "rar", "gzip", "bzip2", "xz", "zstd"})
TAR_AT, TAR = 257, b"ustar"
# What is wrong with a file inside an archive: some would do harm, of others the rest can still be used.
HARMFUL_INSIDE = frozenset({"name-unsafe", "zip-link", "zip-bomb"})


def check_content(path: Path, name: str) -> tuple[Issue, ...]:
    """Check a finished file, without unpacking or decoding it.

    Parameters
    ----------
    path
        Where it stands.
    name
        What the person calls it.

    Returns
    -------
    What is wrong with parts of it; it can be used all the same.

    Raises
    ------
    BadInput
        Where the file must not be kept: ``content-differs`` from its name, ``archive-kind``, ``image-bomb``, or
        the codes of :mod:`pelagia.io.sources.archive`.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    suffix = Path(name).suffix.lower()
    kind = _kind(head)
    _check_kind(name, suffix, kind, head)
    if kind == "zip":
        return _check_zip(path, name)
    return _check_image(path, name) if EXPECTED.get(suffix) in IMAGES else ()


def is_archive(path: Path) -> bool:
    """Whether a file is an archive; listing one may take much memory."""
    with path.open("rb") as file:
        return _kind(file.read(4)) == "zip"


def _kind(head: bytes) -> str:
    if head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return "tar"
    return next((kind for kind, signature in SIGNATURES if head.startswith(signature)), "")


def _check_kind(name: str, suffix: str, kind: str, head: bytes) -> None:
    if not head:
        return
    if kind == "tar" or kind in OTHER_ARCHIVES:
        raise BadInput(
            f"The file is an archive of a kind that is not opened ({kind})",
            remedy="Pack the files as a zip archive, or drop the folder itself.",
            value=kind,
            file=name,
            code="archive-kind",
        )
    expected = EXPECTED.get(suffix)
    if expected is not None and kind != expected:
        raise _differs(name, f"a {expected} file", kind or f"begins with {head[:8].hex(' ')}")
    if suffix in TEXTS and b"\0" in head and not head.startswith(WIDE_TEXT):
        raise _differs(name, "a text", kind or "it holds zero bytes")


def _differs(name: str, expected: str, found: str) -> BadInput:
    return BadInput(
        f"The file is not {expected}, as its name says",
        remedy="Check what it is, and give it the ending that fits.",
        value=found,
        file=name,
        code="content-differs",
    )


def _check_zip(path: Path, name: str) -> tuple[Issue, ...]:
    source = open_zip(name, path.open("rb"))
    try:
        left_out = source.issues()
        usable = len(source.members)
    finally:
        source.archive.close()
    harmful = [issue for issue in left_out if issue.code in HARMFUL_INSIDE]
    if harmful or (left_out and not usable):
        worst = (harmful or list(left_out))[0]
        raise BadInput(
            f"The archive was refused: {worst.message}",
            remedy=worst.remedy,
            value=worst.value,
            file=f"{name}: {worst.file}",
            code=worst.code,
        )
    return left_out


def _check_image(path: Path, name: str) -> tuple[Issue, ...]:
    if path.stat().st_size > HEADER_BYTES:
        return ()
    try:
        header = read_header(path.read_bytes(), file=name)
    except BadInput as error:
        # Cut off or damaged: the run leaves it out, and says so; the person hears it now.
        return (finding(error),)
    pixels = header.rows * header.columns
    if pixels > MAX_IMAGE_PIXELS:
        raise BadInput(
            f"The image would have more than {MAX_IMAGE_PIXELS:,} pixels when opened",
            remedy="Check that it is the right file; cut it into tiles if it is.",
            value=f"{header.columns:,} × {header.rows:,}",
            file=name,
            code="image-bomb",
        )
    return ()
