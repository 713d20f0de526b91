"""A small EcoTaxa: the routes an import takes, answered as its OpenAPI page says, over HTTP on a free port."""

from __future__ import annotations

import email.parser
import email.policy
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.exports.ecotaxa_rules import read_table

TOKEN = "eyJ1c2VyX2lkIjo5OTN9.secret"
PASSWORD = "right"


@dataclass
class Project:
    """What a project holds: object → (sample, acquisition), and the last values of one column."""

    title: str
    objects: dict[str, tuple[str, str]] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """An import under way; ``states`` are what the next questions are answered with."""

    project: int
    source: str
    request: dict[str, Any]
    states: list[str]
    errors: list[str] = field(default_factory=list)
    question: dict[str, Any] = field(default_factory=dict)
    reply: dict[str, Any] | None = None


@dataclass
class SmallEcoTaxa:
    """The state of the server, and what it was asked."""

    projects: dict[int, Project] = field(default_factory=lambda: {1: Project("empty")})
    known_taxa: set[str] = field(default_factory=lambda: {"copepoda"})
    allowed: bool = True
    user_files_route: str = "/api/user_files/"
    failures: int = 0
    longest_window: int = 1_000_000
    tells_total: bool = True
    hides: int = 0
    jobs: dict[int, Job] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    windows: list[int] = field(default_factory=list)
    address: str = ""

    def sent(self, method: str, start: str) -> int:
        """How often something was asked."""
        return sum(one[0] == method and one[1].startswith(start) for one in self.asked)


@contextmanager
def small_ecotaxa() -> Iterator[SmallEcoTaxa]:
    """Serve a small EcoTaxa for the length of a ``with`` block."""
    state = SmallEcoTaxa()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    state.address = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: SmallEcoTaxa
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _handle(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.state.asked.append((method, self.path))
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if self.state.failures and method == "GET":
            self.state.failures -= 1
            self._answer(503, {"detail": "later"})
            return
        if parts.path == "/api/login":
            told = json.loads(body)
            good = told["password"] == PASSWORD
            self._answer(200 if good else 403, TOKEN if good else {"detail": "Incorrect"})
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"detail": "Not authenticated"})
        else:
            self._route(method, parts.path, query, body)

    def _route(self, method: str, path: str, query: dict[str, str], body: bytes) -> None:
        number = int(next(iter(re.findall(r"/(\d+)", path)), "0"))
        project = self.state.projects.get(number)
        if path == "/api/users/me":
            self._answer(200, {"id": 993, "name": "Anna Operator", "email": "anna@example.org"})
        elif path == "/api/samples/search":
            self._answer(200, self._samples(int(query["project_ids"])))
        elif path == "/api/acquisitions/search":
            self._answer(200, self._acquisitions(int(query["project_id"])))
        elif path.startswith("/api/jobs/"):
            self._job(path, number, body)
        elif path == self.state.user_files_route and method == "POST":
            self._take_file(body)
        elif path.startswith(("/api/projects/", "/api/object_set/", "/api/file_import/")) and project is None:
            self._answer(404, {"detail": "Project not found"})
        elif path.startswith("/api/projects/"):
            assert project is not None
            self._answer(200, {"projid": number, "title": project.title, "objcount": float(len(project.objects))})
        elif path.startswith("/api/object_set/"):
            assert project is not None
            self._answer(200, self._window(project, query))
        elif path.startswith("/api/file_import/"):
            self._start_import(number, json.loads(body))
        else:
            self._answer(404, {"detail": "Not Found"})

    def _window(self, project: Project, query: dict[str, str]) -> dict[str, Any]:
        assert query["fields"] == "obj.orig_id"
        start, length = int(query["window_start"]), int(query["window_size"])
        self.state.windows.append(start)
        names = sorted(project.objects)[start : start + min(length, self.state.longest_window)]
        told = {"object_ids": list(range(start, start + len(names))), "details": [[name] for name in names]}
        total = {"total_ids": len(project.objects) + self.state.hides}
        return told | (total if self.state.tells_total else {})

    def _samples(self, number: int) -> list[dict[str, Any]]:
        names = sorted({sample for sample, _ in self.state.projects[number].objects.values()})
        return [{"sampleid": 100 + at, "projid": number, "orig_id": name} for at, name in enumerate(names)]

    def _acquisitions(self, number: int) -> list[dict[str, Any]]:
        ids = {one["orig_id"]: one["sampleid"] for one in self._samples(number)}
        pairs = sorted(set(self.state.projects[number].objects.values()))
        return [
            {"acquisid": 500 + at, "acq_sample_id": ids[sample], "orig_id": acquisition}
            for at, (sample, acquisition) in enumerate(pairs)
        ]

    def _take_file(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        place = f"/tmp/ecotaxa_user.993/{parts['path'].get_payload().strip()}"
        self.state.files[place] = parts["file"].get_payload(decode=True)
        self._answer(200, place)

    def _start_import(self, number: int, request: dict[str, Any]) -> None:
        if not self.state.allowed:
            self._answer(403, {"detail": "You cannot do this."})
            return
        assert set(request) <= {
            "source_path", "taxo_mappings", "skip_loaded_files", "skip_existing_objects", "update_mode"
        }  # fmt: skip
        job = Job(project=number, source=request["source_path"], request=request, states=["P", "R"])
        self.state.jobs[len(self.state.jobs) + 1] = job
        self._answer(200, {"job_id": len(self.state.jobs), "errors": []})

    def _job(self, path: str, number: int, body: bytes) -> None:
        job = self.state.jobs[number]
        if path.endswith("/answer"):
            job.reply, job.question, job.states = json.loads(body), {}, ["R"]
            self._answer(200, None)
            return
        state = job.states.pop(0) if job.states else self._conclude(job)
        told = {"id": number, "owner_id": 993, "type": "FileImport", "state": state, "progress_pct": 20}
        self._answer(200, {**told, "progress_msg": "Validating", "errors": job.errors, "question": job.question})

    def _conclude(self, job: Job) -> str:
        project = self.state.projects[job.project]
        rows = self._rows(job.source)
        unknown = {row["object_annotation_category"].lower() for row in rows} - self.state.known_taxa - {""}
        unknown -= set((job.reply or {}).get("taxa", {}))
        if unknown:
            job.question = {"missing_users": [], "missing_taxa": sorted(unknown)}
            return "A"
        if not job.request["skip_existing_objects"]:
            job.errors = [
                f"{row['object_id']} is already in EcoTaxa" for row in rows if row["object_id"] in project.objects
            ]
        if job.errors:
            return "E"
        for row in rows:
            fresh = row["object_id"] not in project.objects
            if job.request["update_mode"] or fresh:
                project.objects[row["object_id"]] = (row["sample_id"], row["acq_id"])
                project.areas[row["object_id"]] = row["object_area"]
        return "F"

    def _rows(self, source: str) -> list[dict[str, str]]:
        found = []
        with zipfile.ZipFile(io.BytesIO(self.state.files[source])) as archive:
            for name in archive.namelist():
                if name.endswith(".tsv"):
                    found += read_table(archive.read(name))[2]
        return found

    def _answer(self, status: int, told: Any) -> None:
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
