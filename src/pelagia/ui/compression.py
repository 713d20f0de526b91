"""Compression of pages, scripts and lists for slow links; never of downloads in ranges or of live events."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# Answers that are read in ranges, byte for byte, or as they come.
LEFT_ALONE = ("/v1/uploads", "/v1/artifacts", "/v2/", "/metrics", "/health")
LEAST_BYTES = 600
LEVEL = 6


class CompressPages:
    """Compresses text for clients that can read it compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=LEAST_BYTES, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, compressed where that does no harm."""
        chosen = self._compressing if _may_compress(scope) else self._app
        await chosen(scope, receive, send)


def _may_compress(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    is_whole = all(name != b"range" for name, _ in scope["headers"])
    is_download = "/artifacts/" in path or "/files/" in path or path.endswith("/events")
    return is_whole and not is_download and not path.startswith(LEFT_ALONE)
