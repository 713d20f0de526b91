"""Compiled functions that are kept between runs, and when they are too old.

Numba keeps a compiled function until the file it stands in changes. What it calls from other files is within it, and
may change unseen. So all of them are compiled anew when a file is another that stands in a folder with some of them.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

STAMP = "kernels.sha256"


def forget_old_kernels(sources: Path, kept: Path) -> bool:
    """Delete the indices of compiled functions where a source is another than when they were made.

    Parameters
    ----------
    sources
        Folder of the package whose functions are compiled; takes the stamp, in ``__pycache__``.
    kept
        Folder below which functions are kept that have some of them within.

    Returns
    -------
    bool
        Whether they were made of other sources. Where nothing can be written numba keeps them elsewhere, by the place
        and age of their own file.
    """
    stamp, digest = sources / "__pycache__" / STAMP, _digest(sources)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return False
    with suppress(OSError):
        for index in kept.rglob("__pycache__/*.nbi"):
            index.unlink(missing_ok=True)
        stamp.parent.mkdir(exist_ok=True)
        partial = stamp.with_name(f"{STAMP}.{os.getpid()}")
        partial.write_text(digest, encoding="ascii")
        partial.replace(stamp)
    return True


def _digest(sources: Path) -> str:
    """Return the digest of all files in folders of which one file at least has to do with Numba."""
    texts = {path: path.read_bytes() for path in sorted(sources.rglob("*.py"))}
    folders = {path.parent for path, text in texts.items() if b"numba" in text}
    digest = hashlib.sha256()
    for path, text in texts.items():
        if path.parent in folders:
            digest.update(f"{path.relative_to(sources)}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()
