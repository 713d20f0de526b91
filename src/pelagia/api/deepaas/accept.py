"""Which kind of answer a client wants, by its header ``Accept`` (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

ANY = "*/*"


def chosen_type(header: str, offered: Sequence[str]) -> str | None:
    """Return the offered media type that a client likes best; ``None`` where it accepts none of them.

    Parameters
    ----------
    header
        As it was sent; empty where it was not.
    offered
        The media types there are; where several are liked alike, the first is taken.
    """
    ranges = [_range(part) for part in header.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    liked = {kind: _liking(kind, ranges) for kind in offered}
    best = max(offered, key=liked.__getitem__)
    return best if liked[best] > 0 else None


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip() for piece in part.lower().split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return kind, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return kind, 0.0
    return kind, 1.0


def _liking(kind: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that covers a media type."""
    for covering in (kind, f"{kind.partition('/')[0]}/*", ANY):
        found = [quality for pattern, quality in ranges if pattern == covering]
        if found:
            return max(found)
    return 0.0
