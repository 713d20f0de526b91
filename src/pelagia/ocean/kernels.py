"""Compiled functions that are kept between runs, and when they are too old.

Numba keeps a compiled function until the file it stands in changes. What it calls from other files is within it, and
may change unseen. So all of them are compiled anew when any file of this package is another.
"""

from __future__ import annotations

import hashlib
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
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*.py")):
        digest.update(f"{path.relative_to(sources)}\0".encode() + path.read_bytes())
    stamp = sources / "__pycache__" / STAMP
    known = stamp.read_text(encoding="ascii") if stamp.is_file() else ""
    if known == digest.hexdigest():
        return False
    with suppress(OSError):
        for index in kept.rglob("__pycache__/*.nbi"):
            index.unlink(missing_ok=True)
        stamp.parent.mkdir(exist_ok=True)
        partial = stamp.with_name(f"{STAMP}.{digest.hexdigest()[:12]}")
        partial.write_text(digest.hexdigest(), encoding="ascii")
        partial.replace(stamp)
    return True
