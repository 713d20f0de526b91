"""Counts, sizes and time spans in words, for every face."""

from __future__ import annotations


def count(number: int, one: str, many: str) -> str:
    """Return ``1 image`` or ``2,000 images``."""
    return f"{number:,} {one if number == 1 else many}"


def sentence(text: str) -> str:
    """Return a text with a capital at its start and a full stop at its end."""
    stripped = text.strip()
    return stripped[:1].upper() + stripped[1:] + ("" if stripped.endswith((".", "!", "?", ":")) else ".")


def size(number_bytes: float) -> str:
    """Return a size such as ``12.3 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number_bytes < 1000:
            return f"{number_bytes:.0f} {unit}" if unit == "bytes" else f"{number_bytes:.1f} {unit}"
        number_bytes /= 1000
    return f"{number_bytes:.1f} TB"


def duration(seconds: float) -> str:
    """Return a time span such as ``2 min 5 s``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
