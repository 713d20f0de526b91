"""The log of a process: one line an event, and never a secret or a person."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from pelagia.core.errors import Unavailable
from pelagia.runtime.logging import about_job, configure_logging, get_logger
from pelagia.runtime.redaction import redacted, without_personal_data
from pelagia.runtime.runner import Runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.tables import TOKENS

SECRETS = {
    "e-mail": ("asked by alice.b@marine-lab.example.org twice", "alice"),
    "IPv4 address": ("from 192.0.2.77, port 80", "192.0.2.77"),
    "IPv6 address": ("from 2001:db8:aa::7 now", "2001:db8"),
    "mapped address": ("from ::ffff:192.0.2.77 now", "192.0.2"),
    "password in an address": ("postgresql://pelagia:hunter2@db/pelagia does not answer", "hunter2"),
    "token as password": ("https://tok3n@host/x", "tok3n"),
    "query string": ("GET https://s3.example.org/b/k?X-Amz-Signature=abcdef&x=1 failed", "abcdef"),
    "relative query string": ("GET /callback?code=abcdef&state=x", "abcdef"),
    "bearer token": ("header Authorization: Bearer abc.def-123", "abc.def"),
    "named password": ("password = hunter2, again", "hunter2"),
    "JSON": ('{"api_key": "hunter2"}', "hunter2"),
    "a random key": ("key aB3_aB3-aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3 refused", "aB3_aB3"),
}


Told = Callable[[], list[dict[str, Any]]]


@contextmanager
def logging_to(stream: io.StringIO, form: str = "json") -> Iterator[None]:
    """Let this process log to a stream for a while."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging(read_settings({}, log_format=form), stream)
    try:
        yield
    finally:
        structlog.reset_defaults()
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture
def told() -> Iterator[Told]:
    """Return what was logged as JSON."""
    stream = io.StringIO()
    with logging_to(stream):
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(("text", "hidden"), SECRETS.values(), ids=SECRETS.keys())
def test_secrets_and_people_are_taken_out_of_texts(text: str, hidden: str) -> None:
    clean = without_personal_data(text)
    assert hidden not in clean and "…" in clean
    assert without_personal_data(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "listening on http://127.0.0.1:8000 and [::1]:8000",
        "took 12:34:56, from 2026-11-26T12:00:00+00:00 on",
        "job 0123456789ab, sha256 " + "0123456789abcdef" * 4,
        "flowcam 1.2.3, model plankton-isiis@1.0.0",
        "is it so? yes=no",
        "pelagia.services.flowcam.pipeline:run, std::vector",
    ],
)
def test_all_else_stays(text: str) -> None:
    assert without_personal_data(text) == text


@pytest.mark.parametrize("text", ["a" * 10**6, "a.b@" * 10**5, ":" * 10**6, "?" * 10**6, "password " * 10**5])
def test_a_long_text_is_cut(text: str) -> None:
    assert len(without_personal_data(text)) <= 20_001


@pytest.mark.parametrize(
    "name", ["password", "metrics_token", "set_cookie", "Authorization", "client_secret", "email", "client_ip", "asker"]
)
def test_fields_that_hold_secrets_or_people_are_hidden_whatever_is_in_them(name: str) -> None:
    assert redacted({name: "x", "job": "y"}, level="error") == {name: "…", "job": "y"}


def test_names_of_files_are_told_from_a_warning_on() -> None:
    fields = {"file": "/home/cruise/sample.zip", "steps": 3}
    assert redacted(fields, level="info") == {"file": "…", "steps": 3}
    assert redacted(fields, level="warning") == fields


def test_secrets_are_hidden_within_lists_and_mappings() -> None:
    found = redacted({"request": {"headers": [{"cookie": "a"}, "from 192.0.2.1"]}}, level="info")
    assert found == {"request": {"headers": [{"cookie": "…"}, "from …"]}}


def test_an_event_has_time_level_and_job(told: Told) -> None:
    with about_job("0123456789ab"):
        get_logger().info("step finished", units=500)
    get_logger().debug("not told")
    get_logger().info("waiting")
    first, second = told()
    assert first == {
        "event": "step finished",
        "job": "0123456789ab",
        "level": "info",
        "timestamp": first["timestamp"],
        "units": 500,
    }
    assert first["timestamp"].endswith("Z") and "job" not in second


def test_libraries_take_the_same_way(told: Told) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid request from %s", "192.0.2.1")
    logging.getLogger("uvicorn.access").info('192.0.2.1 - "GET /?q=alice"')
    logging.getLogger("httpx").info("HTTP Request: GET https://idp.example.org/?code=abc")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("this will change", FutureWarning, stacklevel=1)
    first, second = told()
    assert (first["level"], first["event"]) == ("warning", "Invalid request from …")
    assert "this will change" in second["event"]


def test_rows_of_the_database_do_not_get_into_the_log(told: Told, runtime: Runtime) -> None:
    row = {"prefix": "visible", "digest": "hunter2digest", "account_id": "nobody", "name": "of Alice"}
    try:
        with runtime.database.write() as connection:
            connection.execute(sa.insert(TOKENS).values(**row))
    except (sa.exc.SQLAlchemyError, Unavailable):
        get_logger().exception("not kept")
    (event,) = told()
    assert "IntegrityError" in event["exception"] or "StatementError" in event["exception"]
    for hidden in ("hunter2", "of Alice", "nobody"):
        assert hidden not in json.dumps(event)


def test_text_for_people_is_one_line_an_event() -> None:
    stream = io.StringIO()
    with logging_to(stream, "text"):
        get_logger().info("job claimed", job="0123456789ab", token="hunter2")
    (line,) = stream.getvalue().splitlines()
    assert "job claimed" in line and "job=0123456789ab" in line and "hunter2" not in line


class _Full(io.StringIO):
    tried = 0

    def write(self, text: str) -> int:
        self.tried += 1
        raise OSError(28, "No space left on device")


def test_a_full_disk_under_the_log_fails_nothing() -> None:
    stream = _Full()
    with logging_to(stream):
        get_logger().info("not written")
        logging.getLogger("library").error("not written")
    assert stream.tried >= 2


def test_a_process_without_a_log_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert not structlog.is_configured()
    get_logger().critical("job claimed", job="0123456789ab")
    assert capfd.readouterr() == ("", "")
