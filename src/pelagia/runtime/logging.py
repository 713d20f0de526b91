"""The log of a server or worker: events on the error stream, each an action and fields.

One line an event: JSON for a collector, or words for people. Whatever comes, ours or of a library, passes the same
redaction (:mod:`pelagia.runtime.redaction`), so that neither secrets nor personal data reach the log.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, Processor

from pelagia.runtime.redaction import HIDDEN, redacted
from pelagia.runtime.settings import Settings

# Libraries that would tell the addresses they ask, or each of their steps.
QUIET_LIBRARIES = ("httpx", "httpx2", "httpcore", "httpcore2", "authlib", "alembic", "urllib3", "multipart", "asyncio")
# What libraries put into the words of an error: rows of tables, bodies of requests.
_VALUES = re.compile(
    r"(?<=\[parameters: ).*?(?=\]\s)|(?<=input_value=).*?(?=, input_type=)"
    r"|(?<=DETAIL:  ).*?(?=\n\[SQL:|\n\nThe above|\Z)",
    re.DOTALL,
)
# Made by Pelagia itself, and looked at by nobody twice.
_OWN = ("level", "request_id", "job")


class _Sink(io.TextIOBase):
    """A stream that is written to as far as it goes: a full disk or a closed pipe must not fail what is logged."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Let all events of this process go to the error stream, in the form the settings say.

    Parameters
    ----------
    settings
        Of the installation; ``log_format`` is used.
    stream
        Where to, instead of the error stream.
    """
    stream = stream or sys.stderr
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and stream.isatty())
    ending = _ending(_text(stream) if as_text else _json())
    sink = cast("TextIO", _Sink(stream))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sink),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries(sink, ending)


def get_logger() -> FilteringBoundLogger:
    """Return what events are told to: ``get_logger().info("job claimed", job=job.id)``.

    In a process that has no log, such as that of a command, nothing is told.
    """
    if not structlog.is_configured():
        return cast("FilteringBoundLogger", structlog.wrap_logger(None, processors=[_drop]))
    return cast("FilteringBoundLogger", structlog.get_logger())


@contextmanager
def about_job(job_id: str) -> Iterator[None]:
    """Let every event within the block carry the id of a job."""
    with structlog.contextvars.bound_contextvars(job=job_id):
        yield


def _ending(form: list[Processor]) -> list[Processor]:
    return [structlog.processors.ExceptionRenderer(_told), _redact, *form]


def _json() -> list[Processor]:
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    return [stamp, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _text(stream: TextIO) -> list[Processor]:
    stamp = structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False)
    return [stamp, structlog.dev.ConsoleRenderer(colors=stream.isatty())]


def _take_over_libraries(sink: TextIO, ending: list[Processor]) -> None:
    """Let what libraries log through :mod:`logging` take the same way as our own events."""
    handler = logging.StreamHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        # Its lines hold addresses and query strings; ours are written by pelagia.http.logging.
        library.propagate = name != "uvicorn.access"
    # An error of a request is told by pelagia.http.logging, with the number of the request.
    logging.getLogger("uvicorn.error").addFilter(_is_no_repetition)
    logging.captureWarnings(True)


def _is_no_repetition(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Exception in ASGI application")


def _drop(_logger: Any, _method: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent


def _redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    own = {name: event.pop(name) for name in _OWN if name in event}
    return {**own, **redacted(event, level=str(own.get("level", "info")))}


def _told(exc_info: ExcInfo) -> str:
    """Return an error and where it happened, without values of rows and requests."""
    return _VALUES.sub(HIDDEN, "".join(traceback.format_exception(*exc_info)))
