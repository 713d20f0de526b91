"""Names as XML and workbooks can hold them."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def without_controls(text: str) -> str:
    """Return a text without control characters and what else XML cannot hold; all that is written stays."""
    return _CONTROL.sub("", text)
