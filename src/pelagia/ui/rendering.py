"""Pages from templates: one environment, strict about names, escaping everything, forbidding what is not ours."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pelagia import __version__
from pelagia.core.words import duration, sentence, size
from pelagia.exports.report.numbers import NARROW_SPACE, interval, many, percent, quantity, whole
from pelagia.runtime.outward import without_places
from pelagia.ui.assets import static_url

# Scripts and styles come from our own files only, nothing is loaded from elsewhere, nobody frames us. Pictures made in
# the browser from dropped files are `blob:`, small ones inside a style sheet are `data:`.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
UPLOAD = re.compile(r"upload://[a-z0-9]{8,32}(/?)")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Cookie, HX-Request",
}


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """Return a page, or a part of one, made from a template.

    Parameters
    ----------
    request
        What is answered; templates see it as ``request``, and who asks as ``principal`` (``None`` where that is
        not known, as on the page of an early error).
    template
        Its name in ``ui/templates``.
    status
        HTTP status.
    headers
        Beside :data:`PAGE_HEADERS`, or instead of one of them.
    context
        What the template is given; a name it uses and is not given is an error.
    """
    known = {"request": request, "principal": getattr(request.state, "principal", None)}
    text = environment().get_template(template).render(known | context)
    return HTMLResponse(text, status_code=status, headers={**PAGE_HEADERS, **(headers or {})})


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(
        loader=PackageLoader("pelagia.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "breakable": breakable,
        "clock": clock,
        "duration": duration,
        "instant": instant,
        "many": many,
        "own": own,
        "percent": percent,
        "quantity": quantity,
        "sentence": sentence,
        "spaced": spaced,
        "size": size,
        "to_go": to_go,
        "whole": whole,
    }
    made.globals |= {"interval": interval, "static": static_url, "version": __version__}
    return made


def breakable(name: str) -> Markup:
    """Let a long name break after ``_``, ``-``, ``/`` and ``.``."""
    text = escape(name)
    for sign in "_-/.":
        text = text.replace(sign, sign + Markup("<wbr>"))
    return text


def own(text: str) -> str:
    """Call files as their owner does: ``upload://ID/run/a.tif`` → ``run/a.tif``; name no place of the server."""
    return UPLOAD.sub(lambda found: "" if found[1] else "your files", without_places(str(text)))


def spaced(text: str) -> str:
    """Group thousands as everywhere on the pages: ``8,976 particles`` → ``8 976 particles``."""
    return THOUSANDS.sub(NARROW_SPACE, text)


def clock(at: dt.datetime) -> Markup:
    """Return the time of day of an instant, as :func:`instant` does."""
    utc = at.astimezone(dt.UTC)
    told = utc.strftime("%H:%M:%S UTC")
    return Markup('<time class="instant" data-clock datetime="{}">{}</time>').format(
        utc.isoformat(timespec="seconds"), told
    )


def to_go(seconds: float) -> str:
    """Return how long something will take, no more exactly than that can be known."""
    if seconds < 10:
        return "a few seconds to go"
    if seconds < 50:
        return f"about {round(seconds, -1):.0f} s to go"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min to go"
    return f"about {round(seconds / 3600)} h to go"


def instant(at: dt.datetime) -> Markup:
    """Return an instant as ``<time>``: UTC in the page, the person's own time zone once the script has run."""
    utc = at.astimezone(dt.UTC)
    told = utc.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time class="instant" datetime="{}">{}</time>').format(utc.isoformat(timespec="seconds"), told)
