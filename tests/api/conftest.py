"""What the tests of the interface share: a whole application with a small service, and somebody who works it off."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pelagia.app import create_app
from pelagia.orders.fulfil import fulfil
from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.tokens import create_token
from pelagia.runtime.executors import InlineExecutor
from pelagia.runtime.faults import clear_fault
from pelagia.runtime.lifecycle import finish_job
from pelagia.runtime.queue import claim_next
from pelagia.runtime.runner import Runtime, error_to_json
from pelagia.runtime.settings import Settings, read_settings
from pelagia.runtime.tables import PROVIDERS

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = "[pelagia.services]\nwords = tests.api.words_service:SERVICE\n"


@dataclass
class Installation:
    """A running application."""

    app: FastAPI
    settings: Settings

    @property
    def runtime(self) -> Runtime:
        return self.app.state.workbench.runtime

    def visitor(self) -> TestClient:
        """Return somebody without an account, with a cookie jar of their own."""
        return TestClient(self.app)

    def account(self, name: str, **about: object) -> TestClient:
        """Return somebody with an account and a token."""
        client = TestClient(self.app)
        client.headers["Authorization"] = f"Bearer {self.token(name, **about)}"
        return client

    def token(
        self,
        name: str,
        *,
        scopes: Collection[str] = ("read", "run", "train"),
        is_admin: bool = False,
        provides: Collection[str] = (),
    ) -> str:
        """Make an account with a token."""
        identities: Identities = self.app.state.identities
        database = self.runtime.database
        account = create_account(database, email=f"{name}@example.org", name=name, is_admin=is_admin)
        with database.write() as connection:
            for service in provides:
                connection.execute(PROVIDERS.insert().values(account_id=account.id, service=service))
        owner = identities.principal_of(account, frozenset(provides))
        expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        scopes = (*scopes, "admin") if is_admin else scopes
        keys = identities.keys
        return create_token(database, keys, owner, name="test", scopes=scopes, expires_at=expires_at)[1]

    def work(self) -> int:
        """Do all jobs that wait; return how many."""
        done = 0
        while job := claim_next(self.runtime.database, ("interactive", "batch"), 60.0):
            done += 1
            try:
                fulfil(self.runtime, InlineExecutor(), job)
            except Exception as error:
                told = error_to_json(clear_fault(error, "in a test"))
                finish_job(self.runtime.database, job, "failed", error=told)
        return done


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running application whose services are FlowCam and a small one that counts words."""
    folder = tmp_path_factory.mktemp("installation")
    with words_installed(folder / "packages") as patch:
        settings = read_settings({}, home=folder / "home", executor="inline", workers=2, try_out_jobs=10_000)
        patch.setenv("PELAGIA_HOME", str(settings.home))
        app = create_app(settings)
        with TestClient(app):
            yield Installation(app, settings)


@contextlib.contextmanager
def words_installed(packages: Path) -> Iterator[pytest.MonkeyPatch]:
    """Make the small service an installed one, for processes started meanwhile as well."""
    info = packages / "words-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: words\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(packages))
        patch.setenv("PYTHONPATH", f"{packages}{os.pathsep}{ROOT}")
        yield patch


@pytest.fixture
def visitor(installation: Installation) -> TestClient:
    """Somebody without an account."""
    return installation.visitor()


@pytest.fixture
def other(installation: Installation) -> TestClient:
    """Somebody else without an account."""
    return installation.visitor()


def upload(client: TestClient, files: Mapping[str, bytes], name: str = "run") -> str:
    """Upload files; return the id of the upload."""
    upload_id: str = client.post("/v1/uploads", json={"name": name}).json()["id"]
    for path, content in files.items():
        answer = client.put(f"/v1/uploads/{upload_id}/files/{path}", content=content)
        assert answer.status_code == 201, answer.text
    return upload_id


TEXTS = {"a.txt": b"one three seven", "b.txt": b"eleven", "c.txt": b"a bee"}


def order(client: TestClient, files: Mapping[str, bytes] = TEXTS, **more: object) -> dict[str, object]:
    """Upload files; return an order for their words to be counted."""
    return {"service": "words", "inputs": {"texts": [f"upload://{upload(client, files)}"]}, **more}
