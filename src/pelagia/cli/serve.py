"""``pelagia serve``: the web app and the HTTP interface, with a worker beside them."""

from __future__ import annotations

import contextlib
import errno
import os
import socket

import click
import uvicorn

from pelagia.app import create_app
from pelagia.cli.accounts import hint_if_nobody_administers
from pelagia.cli.worker import default_slots, slots_option
from pelagia.cli.worker_keeper import kept_worker
from pelagia.core.errors import BadParameter, Unavailable
from pelagia.runtime.allocator import limit_arenas
from pelagia.runtime.logging import configure_logging
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

# Streams of events stay open for hours; at the end they are given so long.
GRACE_S = 3
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only told apart from others here


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for all networks.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any free one.")
@slots_option
@click.option("--no-worker", is_flag=True, help="Do no runs here: pelagia worker does them, maybe elsewhere.")
def serve(host: str, port: int, slots: int | None, no_worker: bool) -> None:
    """Serve the web app and the HTTP interface, and do the runs that are asked for.

    Ctrl-C ends it; runs at work go on at the next start.
    """
    limit_arenas()
    settings = read_settings()
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listen(host, port))
        with open_runtime(settings):
            # A database or storage that does not answer is told before anything starts.
            pass
        os.environ["PELAGIA_HOME"] = str(settings.home)
        configure_logging(settings)
        config = uvicorn.Config(
            create_app(settings, listens_at=(host, listener.getsockname()[0])),
            log_config=None,
            # Its lines hold the addresses of people; ours do not, see pelagia.http.logging.
            access_log=False,
            # Who is behind a proxy is told by pelagia.http.client_address.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        if not no_worker:
            stack.enter_context(kept_worker(slots or default_slots()))
        hint_if_nobody_administers(settings)
        click.echo(f"Pelagia: {_address(host, listener)} (stop with Ctrl-C)")
        # It tells the signal that ended it once more when it has ended.
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts, so that a port in use is told at once."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except socket.gaierror as error:
        raise BadParameter(
            "The address to listen at is not known", value=host, remedy="Use 127.0.0.1, 0.0.0.0 or a name of this host."
        ) from error
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise Unavailable(
            f"The port cannot be used: {error.strerror}",
            value=f"{host}:{port}",
            remedy="Choose another with --port, or stop what uses it.",
        ) from error


def _address(host: str, listener: socket.socket) -> str:
    shown = "localhost" if host in EVERYWHERE else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"
