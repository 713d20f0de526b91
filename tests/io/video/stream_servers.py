"""Servers of live streams for tests: HLS over HTTP, RTSP with its pictures in the same connection, and broken ones."""

from __future__ import annotations

import contextlib
import io
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import av
import numpy as np

RATE, KEYS = 10, 5
HEIGHT, WIDTH = 96, 160


def encode(out: Any, count: int, first: int = 0, on_frame: Callable[[], None] = lambda: None) -> None:
    """Encode frames whose brightness tells their number."""
    stream = out.add_stream("libx264", rate=RATE)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.options = {"preset": "ultrafast", "x264-params": f"keyint={KEYS}:min-keyint={KEYS}:scenecut=0:bframes=0"}
    for number in range(first, first + count):
        rgb = np.full((HEIGHT, WIDTH, 3), number % 120 + 60, np.uint8)
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts = number
        out.mux(stream.encode(frame))
        on_frame()
    out.mux(stream.encode(None))


def transport_stream(count: int, first: int = 0) -> bytes:
    """Return so many frames as MPEG-TS."""
    data = io.BytesIO()
    with av.open(data, "w", format="mpegts") as out:
        encode(out, count, first)
    return data.getvalue()


class LiveHls:
    """Serves a playlist that moves on by a piece of half a second each time it is told to, or by itself."""

    def __init__(self, *, step_s: float = 0.25) -> None:
        self.has_ended = False
        self.elsewhere = ""
        self.needs = ""
        self.asked: list[str] = []
        self._step_s, self._began = step_s, time.monotonic()
        self._parts: dict[int, bytes] = {}
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.asked.append(self.path)
                content = owner.content(self.path, self.headers.get("Authorization", ""))
                self.send_response(200 if content is not None else 404)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(content or b"")

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/live.m3u8"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def content(self, path: str, authorization: str) -> bytes | None:
        """Return what stands at a path."""
        if self.needs and authorization != self.needs:
            return None
        if path.startswith("/live.m3u8"):
            return self._playlist().encode()
        number = int(path.strip("/").removesuffix(".ts"))
        if number not in self._parts:
            self._parts[number] = transport_stream(KEYS, number * KEYS)
        return self._parts[number]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _playlist(self) -> str:
        newest = 3 + int((time.monotonic() - self._began) / self._step_s)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{newest - 3}"]
        for number in range(newest - 3, newest + 1):
            lines += ["#EXTINF:0.5,", f"{self.elsewhere}{number}.ts"]
        return "\n".join([*lines, "#EXT-X-ENDLIST"] if self.has_ended else lines) + "\n"


class Rtsp:
    """Serves one camera by RTSP, its packets in the same connection; may ask for a user and die after some frames.

    Parameters
    ----------
    frames
        After which each connection is cut.
    """

    def __init__(self, frames: int = 10_000, *, port: int = 0) -> None:
        self.connections = 0
        self.authorizations: list[str] = []
        self._frames = frames
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    owner.talk(self.rfile, self.wfile, self.connection)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def talk(self, lines: Any, answers: Any, connection: socket.socket) -> None:
        """Answer the requests of one client."""
        while True:
            method, headers = self._request(lines)
            if not method:
                return
            more = {
                "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
                "DESCRIBE": "Content-Type: application/sdp\r\n",
                "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 12345\r\n",
                "PLAY": "Session: 12345\r\n",
            }.get(method, "")
            body = self._description() if method == "DESCRIBE" else ""
            status = "200 OK"
            if method == "DESCRIBE" and "authorization" not in headers:
                status, body, more = "401 Unauthorized", "", 'WWW-Authenticate: Basic realm="camera"\r\n'
            self.authorizations.append(headers.get("authorization", ""))
            answers.write(
                f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '0')}\r\n{more}"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            if method == "PLAY":
                self.connections += 1
                self._send(connection)
                return

    def _request(self, lines: Any) -> tuple[str, dict[str, str]]:
        first = lines.readline().decode()
        headers = {}
        while (line := lines.readline().decode().strip()) if first else "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return first.partition(" ")[0], headers

    def _description(self) -> str:
        return "\r\n".join(
            [
                *("v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=camera", "c=IN IP4 127.0.0.1", "t=0 0"),
                *("m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=1"),
                *("a=control:track1", ""),
            ]
        )

    def _send(self, connection: socket.socket) -> None:
        """Encode as time passes, and pass the packets on in the frames of RTSP."""
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.02)

        def relay() -> None:
            until = time.monotonic() + 1 / RATE
            while (left := until - time.monotonic()) > 0:
                receiver.settimeout(max(0.001, left))
                with contextlib.suppress(TimeoutError):
                    data = receiver.recv(65536)
                    channel = 1 if 200 <= data[1] <= 204 else 0
                    connection.sendall(b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data)

        url = f"rtp://127.0.0.1:{receiver.getsockname()[1]}"
        try:
            with av.open(url, "w", format="rtp", options={"payload_type": "96"}) as out:
                encode(out, self._frames, on_frame=relay)
        finally:
            receiver.close()


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Serve a port that takes connections and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def take() -> None:
        with contextlib.suppress(OSError):
            while True:
                kept.append(listener.accept()[0])

    threading.Thread(target=take, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in kept:
            one.close()


def brightness(path: Any) -> list[int]:
    """Return the numbers of the frames of a piece, as their brightness tells them."""
    with av.open(str(path)) as container:
        return [round(float(frame.to_ndarray(format="rgb24").mean())) - 60 for frame in container.decode(video=0)]
