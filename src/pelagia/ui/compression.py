"""Compression of pages, scripts and lists for slow links; never of downloads in ranges or of live events."""

from __future__ import annotations

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# Answers that are read in ranges, byte for byte, or as they come.
LEFT_ALONE = ("/v2/", "/metrics", "/health")
# What is compressed already, or is read in parts later on.
NOT_TEXT = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/octet-stream",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
LEAST_BYTES = 600
LEVEL = 6


class CompressPages:
    """Compresses text for clients that can read it compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(
            app, minimum_size=LEAST_BYTES, compresslevel=LEVEL, exclude_content_types=NOT_TEXT
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, compressed where that does no harm."""
        chosen = self._compressing if _may_compress(scope) else self._app
        await chosen(scope, receive, send)


def _may_compress(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    is_whole = all(name != b"range" for name, _ in scope["headers"])
    is_download = "/files/" in path or path.endswith("/events")
    return is_whole and not is_download and not path.startswith(LEFT_ALONE)
