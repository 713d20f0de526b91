"""Names of uploaded files: checked once, so that none can lead out of its upload or trip another system."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from pelagia.core.errors import BadInput

MAX_PATH_BYTES = 1024
MAX_PART_BYTES = 255
MAX_DEPTH = 32
# Control characters, halves of characters, and those not assigned; the last could hide what a name is.
HARMFUL = frozenset({"Cc", "Cs", "Cn", "Co"})
BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")})


def safe_path(path: str) -> str:
    """Return the path of an uploaded file relative to its upload, composed (NFC), with forward slashes.

    Parameters
    ----------
    path
        As the person's computer calls it.

    Raises
    ------
    BadInput
        ``path-unsafe``: it is absolute, leads out, has characters that no name needs, is too long or is the name
        of a device.
    """
    plain = unicodedata.normalize("NFC", path)
    problem = _problem(plain)
    if problem:
        raise BadInput(
            f"A file cannot be taken under this name: {problem}",
            remedy="Rename it; use plain relative paths such as run1/image.tif.",
            value=ascii(path)[:200],
            file=ascii(path)[1:-1][:200],
            code="path-unsafe",
        )
    return plain


def confined(root: Path, path: str) -> Path:
    """Return where a file of an upload stands; no folder on the way may be a link.

    Parameters
    ----------
    root
        The folder of the upload.
    path
        From :func:`safe_path`.
    """
    target = root / path
    if target.parent.resolve() != root.resolve().joinpath(*Path(path).parent.parts) or target.is_symlink():
        raise BadInput(
            "A folder of the upload is a link",
            remedy="Make a new upload.",
            value=path,
            file=path,
            code="path-link",
        )
    return target


def _problem(path: str) -> str:
    parts = path.split("/")
    found = {
        "it has characters that cannot be seen": any(map(_is_harmful, path)),
        "it has a backslash": "\\" in path,
        "it is absolute": path.startswith("/") or path[1:2] == ":",
        f"it has more than {MAX_DEPTH} folders": len(parts) > MAX_DEPTH,
    }
    problem = next((what for what, is_so in found.items() if is_so), "")
    if not problem and len(path.encode()) > MAX_PATH_BYTES:
        problem = f"it has more than {MAX_PATH_BYTES} bytes"
    return problem or next((what for what in map(_part_problem, parts) if what), "")


def _is_harmful(character: str) -> bool:
    return unicodedata.category(character) in HARMFUL or character in BIDIRECTIONAL


def _part_problem(part: str) -> str:
    if part in {"", ".", ".."}:
        return "a part of it is empty, . or .."
    if len(part.encode()) > MAX_PART_BYTES:
        return f"a part of it has more than {MAX_PART_BYTES} bytes"
    if part != part.rstrip(". ") or part != part.lstrip(" "):
        return "a part of it begins with a blank, or ends in a dot or a blank"
    if part.partition(".")[0].rstrip().lower() in DEVICES:
        return "it is the name of a device"
    return ""
