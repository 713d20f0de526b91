"""Style sheets, scripts, pictures: their addresses change with the content, so that browsers may keep them for good."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
NAMED = re.compile(r"""static\(["']([^"']+)["']\)""")
MOUNTED_AT = "/static"
FOR_GOOD = "public, max-age=31536000, immutable"


@cache
def content_hash() -> str:
    """Return what names the present content of all files; scripts may import each other by relative addresses."""
    digest = sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static_url(name: str) -> str:
    """Return the address of a file of ``ui/static``.

    Parameters
    ----------
    name
        Its path in that folder.
    """
    return f"{MOUNTED_AT}/{content_hash()}/{name}"


def missing_assets() -> list[str]:
    """Return the files that pages name and that are not there: those of others come when Pelagia is built."""
    pages = (path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.rglob("*.html")))
    named = {name for text in pages for name in NAMED.findall(text)}
    return sorted(name for name in named if not (STATIC / name).is_file())


class Assets(StaticFiles):
    """Serves ``ui/static`` under the present hash; another hash gives the present file too, not to be kept."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer a request for ``<hash>/<name>``."""
        given, _, name = path.partition("/")
        response = await super().get_response(name, scope)
        response.headers["Cache-Control"] = FOR_GOOD if given == content_hash() else "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
