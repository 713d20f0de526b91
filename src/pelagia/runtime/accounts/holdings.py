"""What is held on a person: shown, exported, handed over, erased."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
from typing import Any

import sqlalchemy as sa

from pelagia.core.errors import Conflict
from pelagia.runtime import decisions, ledger
from pelagia.runtime.accounts.accounts import find_account, require_other_administrator
from pelagia.runtime.accounts.keys import Keys
from pelagia.runtime.accounts.providers import services_of
from pelagia.runtime.accounts.pseudonyms import subject_of_account
from pelagia.runtime.accounts.requests import own_requests
from pelagia.runtime.accounts.sessions import list_sessions
from pelagia.runtime.accounts.tokens import list_tokens
from pelagia.runtime.database import Database
from pelagia.runtime.runner import Runtime
from pelagia.runtime.step_store import storage_prefix
from pelagia.runtime.tables import (
    ACCESS_REQUESTS,
    ACCOUNTS,
    ANNOTATORS,
    DECISIONS,
    EDITS,
    JOBS,
    LEDGER,
    PROVIDERS,
    SESSIONS,
    TOKENS,
    UPLOADS,
    utc_now,
)

FORMER = "a former user"
UNENDED = ("queued", "running")
JOB_FIELDS = ("id", "title", "service", "service_version", "kind", "route", "state", "created_at", "finished_at")


def export_holdings(database: Database, keys: Keys, account_id: str) -> dict[str, Any]:
    """Return everything held on a person, as JSON types and instants; no secret is among it.

    Parameters
    ----------
    database, keys
        Of the installation.
    account_id
        Of the person.
    """
    account = find_account(database, account_id)
    subject = subject_of_account(keys, account_id)
    usage_columns = [column for column in LEDGER.columns if column.name not in ("idempotency_key", "receipt")]
    return {
        "account": dataclasses.asdict(account),
        "provides": sorted(services_of(database, account_id)),
        "sessions": [dataclasses.asdict(session) for session in list_sessions(database, account_id)],
        "tokens": [
            {**dataclasses.asdict(token), "scopes": sorted(token.scopes)} for token in list_tokens(database, account_id)
        ],
        "access_requests": [dataclasses.asdict(asked) for asked in own_requests(database, account_id)],
        "uploads": _rows(database, sa.select(UPLOADS).where(UPLOADS.c.asker == account.asker)),
        "jobs": _rows(database, sa.select(*(JOBS.c[name] for name in JOB_FIELDS)).where(JOBS.c.asker == account.asker)),
        "invited_to_decide_on": _rows(
            database, sa.select(ANNOTATORS.c.job_id).where(ANNOTATORS.c.account_id == account_id)
        ),
        "decisions": _rows(database, sa.select(DECISIONS).where(DECISIONS.c.annotator == account.asker)),
        "edits": _rows(database, sa.select(EDITS).where(EDITS.c.annotator == account.asker)),
        "pseudonym": subject,
        "usage": _rows(database, sa.select(*usage_columns).where(LEDGER.c.subject == subject).order_by(LEDGER.c.id)),
    }


def adopt_visit(database: Database, visit: str, account_id: str) -> None:
    """Give what a visitor has made to the account they signed in to; how it was counted stays.

    Parameters
    ----------
    database
        Of the installation.
    visit
        The asker, ``visit:…``.
    account_id
        Of the account.
    """
    asker = f"account:{account_id}"
    with database.write() as connection:
        for table in (JOBS, UPLOADS):
            connection.execute(sa.update(table).where(table.c.asker == visit).values(asker=asker))
        for table in (DECISIONS, EDITS):
            connection.execute(sa.update(table).where(table.c.annotator == visit).values(annotator=asker))


def erase_account(runtime: Runtime, keys: Keys, account_id: str) -> None:
    """Erase what is held on a person; past totals of use stay as they are.

    Runs, results and uploads are deleted. Decisions on the runs of others stay, without a name. In the ledger a random
    pseudonym takes the place of theirs. That access was asked and given stays, without its words.

    Raises
    ------
    Conflict
        Where a run is not finished, or nobody would be left to administer the installation.
    """
    account = find_account(runtime.database, account_id)
    jobs, uploads = _erase_rows(runtime.database, keys, account.id, account.asker)
    for job_id in jobs:
        runtime.storage.delete_under(storage_prefix(job_id))
        shutil.rmtree(runtime.settings.workdir(job_id), ignore_errors=True)
        folder = runtime.settings.result_folder(job_id)
        # Revisions of a result stand beside it, under its name and one more.
        for beside in (folder, *folder.parent.glob(f"{job_id}.*")):
            shutil.rmtree(beside, ignore_errors=True)
    for upload_id in uploads:
        shutil.rmtree(runtime.settings.upload_folder(upload_id), ignore_errors=True)


def _erase_rows(database: Database, keys: Keys, account_id: str, asker: str) -> tuple[list[str], list[str]]:
    with database.write() as connection:
        require_other_administrator(connection, account_id)
        theirs = connection.execute(sa.select(JOBS.c.id, JOBS.c.state).where(JOBS.c.asker == asker)).all()
        unended = [job_id for job_id, state in theirs if state in UNENDED]
        if unended:
            raise Conflict(
                "Some of your runs are not finished", value=", ".join(unended), remedy="Stop them, then try again."
            )
        uploads = list(connection.execute(sa.select(UPLOADS.c.id).where(UPLOADS.c.asker == asker)).scalars())
        ledger.erase_subject(connection, subject_of_account(keys, account_id))
        decisions.rename_annotator(connection, asker, FORMER, f"erased:{secrets.token_hex(16)}")
        for table, owner in ((JOBS, JOBS.c.asker), (UPLOADS, UPLOADS.c.asker)):
            connection.execute(sa.delete(table).where(owner == asker))
        for table in (TOKENS, SESSIONS, PROVIDERS, ANNOTATORS):
            connection.execute(sa.delete(table).where(table.c.account_id == account_id))
        wordless = {"purpose": "", "affiliation": "", "answer": None}
        connection.execute(
            sa.update(ACCESS_REQUESTS).where(ACCESS_REQUESTS.c.account_id == account_id).values(wordless)
        )
        connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(_blank()))
    return [job_id for job_id, _ in theirs], uploads


def _blank() -> dict[str, Any]:
    """Return what remains of an account: that there was one."""
    nothing = dict.fromkeys(
        ("email", "password_hash", "oidc_issuer", "oidc_subject", "ror", "affiliation", "country"), None
    )
    return {**nothing, "name": "", "is_admin": False, "erased_at": utc_now()}


def _rows(database: Database, query: sa.Select[Any]) -> list[dict[str, Any]]:
    with database.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
