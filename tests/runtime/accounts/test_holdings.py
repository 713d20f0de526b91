"""What is held on a person: exported whole, handed over at sign-in, erased without changing past totals."""

from __future__ import annotations

import datetime as dt
import json
import secrets

import pytest
import sqlalchemy as sa
from tests.runtime.accounts.conftest import PASSWORD

from pelagia.core.errors import Conflict, NotFound, SignInNeeded
from pelagia.runtime import decisions
from pelagia.runtime.accounts import accounts, sessions
from pelagia.runtime.accounts.accounts import Account
from pelagia.runtime.accounts.holdings import adopt_visit, erase_account, export_holdings
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.keys import Keys
from pelagia.runtime.accounts.pseudonyms import subject_of_account
from pelagia.runtime.accounts.requests import ask_for_access
from pelagia.runtime.accounts.tokens import create_token
from pelagia.runtime.annotators import invite
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.ledger import usage_totals
from pelagia.runtime.lifecycle import NewJob, User, claim_job, create_job, finish_job
from pelagia.runtime.runner import Runtime
from pelagia.runtime.tables import ACCESS_REQUESTS, ACCOUNTS, DECISIONS, JOBS, LEDGER, METADATA, UPLOADS, utc_now

SECRET_NAME = "Ada Lovelace of Ockham"


@pytest.fixture
def ada(database: Database) -> Account:
    return accounts.create_account(
        database, email="ada@example.org", name=SECRET_NAME, password=PASSWORD, profile={"country": "GB"}
    )


def _job(database: Database, asker: str, user: User, number: int = 0, *, finished: bool = True) -> Job:
    request = {"service": "flowcam", "service_version": "1", "target": f"{asker}{number}", "inputs": {}, "models": {}}
    estimate = {"steps": 1, "units": 7, "bytes": 11}
    new = NewJob(request=request, estimate=estimate, unit="image", kind="analysis", route="web", asker=asker, user=user)
    job = create_job(database, new)
    if finished:
        finish_job(database, claim_job(database, job.id), "succeeded")
    return find_job(database, job.id)


def _upload(database: Database, asker: str, name: str) -> str:
    upload_id = secrets.token_hex(16)
    row = {"id": upload_id, "asker": asker, "name": name, "created_at": utc_now()}
    with database.write() as connection:
        connection.execute(sa.insert(UPLOADS).values(row))
    return upload_id


@pytest.fixture
def busy(runtime: Runtime, keys: Keys, ada: Account, root: Account) -> Job:
    """What Ada has done: a run, an upload, a token, a session, a request, and a decision on another's run."""
    database = runtime.database
    job = _job(database, ada.asker, User(subject=subject_of_account(keys, ada.id), country="GB"))
    upload = _upload(database, ada.asker, "my samples")
    result = runtime.settings.result_folder(job.id)
    revised = result.with_name(f"{job.id}.as-predicted")
    for folder in (result, revised, runtime.settings.upload_folder(upload)):
        folder.mkdir(parents=True)
        (folder / "file.txt").write_text("hers")
    owner = Identities(database, keys).principal_of(ada, frozenset())
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
    create_token(database, keys, owner, name="laptop", scopes=["read"], expires_at=ends)
    sessions.start_session(database, keys, ada.id)
    ask_for_access(database, ada.id, service="flowcam", mode="analysis", purpose="My thesis", affiliation="Ockham")
    others = _job(database, root.asker, User(subject=subject_of_account(keys, root.id)))
    invite(database, others.id, ada.id)
    decisions.record(database, others.id, {"o1": "Copepoda"}, decisions.Annotator(key=ada.asker, name=SECRET_NAME))
    return job


def test_the_export_has_everything_and_no_secret(database: Database, keys: Keys, ada: Account, busy: Job) -> None:
    held = export_holdings(database, keys, ada.id)
    assert held["account"]["email"] == "ada@example.org"
    assert [job["id"] for job in held["jobs"]] == [busy.id]
    assert {row["job_id"] for row in held["usage"]} == {busy.id}
    assert "succeeded" in {row["outcome"] for row in held["usage"]}
    assert {
        len(held[name])
        for name in ("sessions", "tokens", "access_requests", "uploads", "decisions", "invited_to_decide_on")
    } == {1}
    text = json.dumps(held, default=str)
    with database.read() as connection:
        row = connection.execute(sa.select(ACCOUNTS).where(ACCOUNTS.c.id == ada.id)).mappings().one()
        digests = list(
            connection.execute(sa.text("SELECT digest FROM tokens UNION SELECT digest FROM sessions")).scalars()
        )
    assert row["password_hash"] not in text and not any(digest in text for digest in digests)


def test_the_export_has_nothing_of_others(database: Database, keys: Keys, root: Account, busy: Job) -> None:
    text = json.dumps(export_holdings(database, keys, root.id), default=str)
    assert busy.id not in text and "ada@example.org" not in text


def test_erasing_leaves_no_trace_of_the_person(runtime: Runtime, keys: Keys, ada: Account, busy: Job) -> None:
    subject = subject_of_account(keys, ada.id)
    erase_account(runtime, keys, ada.id)
    with runtime.database.read() as connection:
        everything = "\n".join(
            str(dict(row))
            for table in METADATA.sorted_tables
            for row in connection.execute(sa.select(table)).mappings()
        )
        owners = set(connection.execute(sa.select(JOBS.c.asker).union(sa.select(UPLOADS.c.asker))).scalars())
        annotator = connection.execute(sa.select(DECISIONS)).mappings().one()
    for trace in ("ada@example.org", SECRET_NAME, "My thesis", "my samples", subject, "argon2", ada.asker):
        assert trace not in everything, trace
    assert ada.asker not in owners
    assert annotator["annotator_name"] == "a former user" and annotator["annotator"] != ada.asker
    for folder in ("results", "uploads"):
        assert list((runtime.settings.home / folder).iterdir()) == []


def test_erasing_changes_no_total(runtime: Runtime, keys: Keys, ada: Account, busy: Job) -> None:
    database = runtime.database
    users = sa.select(sa.func.count(sa.distinct(LEDGER.c.subject)), sa.func.count())

    def seen() -> object:
        with database.read() as connection:
            asked = connection.execute(sa.select(ACCESS_REQUESTS.c.service, ACCESS_REQUESTS.c.mode)).all()
            return usage_totals(database), connection.execute(users).one(), asked

    before = seen()
    erase_account(runtime, keys, ada.id)
    assert seen() == before


def test_one_who_is_erased_cannot_come_back_but_may_begin_anew(
    runtime: Runtime, keys: Keys, ada: Account, root: Account
) -> None:
    cookie = sessions.start_session(runtime.database, keys, ada.id)
    erase_account(runtime, keys, ada.id)
    with pytest.raises(SignInNeeded):
        accounts.check_password(runtime.database, "ada@example.org", PASSWORD)
    assert Identities(runtime.database, keys).of_session(cookie) is None
    assert [one.id for one in accounts.list_accounts(runtime.database)] == [root.id]
    anew = accounts.create_account(runtime.database, email="ada@example.org", password=PASSWORD)
    assert subject_of_account(keys, anew.id) != subject_of_account(keys, ada.id)


def test_nothing_is_erased_while_a_run_goes_on(runtime: Runtime, keys: Keys, ada: Account) -> None:
    job = _job(runtime.database, ada.asker, User(), finished=False)
    with pytest.raises(Conflict, match="not finished"):
        erase_account(runtime, keys, ada.id)
    assert find_job(runtime.database, job.id).asker == ada.asker
    assert accounts.check_password(runtime.database, "ada@example.org", PASSWORD).id == ada.id


def test_the_last_administrator_is_not_erased(runtime: Runtime, keys: Keys, root: Account) -> None:
    with pytest.raises(Conflict, match="last administrator"):
        erase_account(runtime, keys, root.id)


def test_what_a_visitor_made_is_theirs_after_signing_in_and_counted_as_it_was(database: Database, ada: Account) -> None:
    job = _job(database, "visit:1", User(subject="v:1"))
    other = _job(database, "visit:2", User(subject="v:2"))
    _upload(database, "visit:1", "first steps")
    adopt_visit(database, "visit:1", ada.id)
    found = find_job(database, job.id)
    assert (found.asker, found.subject) == (ada.asker, "v:1")
    assert find_job(database, other.id).asker == "visit:2"
    with database.read() as connection:
        assert list(connection.execute(sa.select(UPLOADS.c.asker)).scalars()) == [ada.asker]


def test_the_holdings_of_nobody_are_told(database: Database, keys: Keys) -> None:
    with pytest.raises(NotFound):
        export_holdings(database, keys, "0" * 32)
