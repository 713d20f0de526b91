"""Make the tables of the platform: queue, logs, daily use, accounts, uploads, decisions."""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)
_DAILY_NAMES = (
    *("day", "installation", "service", "unit", "models", "kind", "route", "outcome", "subject"),
    *("affiliation", "country", "country_source", "is_test", "is_staff"),
)
_LEDGER_NAMES = (
    *("units", "jobs", "bytes"),
    *("service", "unit", "models", "kind", "route", "outcome", "subject", "country", "country_source"),
)
_DAILY_SUMS = ("units", "ingested", "archived", "objects", "jobs", "bytes", "seconds")
LONG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the change."""
    _extend_jobs()
    _extend_ledger()
    _make_job_log()
    _make_usage_daily()
    _fill_usage_daily()
    _make_receipts()
    _make_accounts()
    _make_providers()
    _make_tokens()
    _make_sessions()
    _make_access_requests()
    _make_uploads()
    _make_upload_files()
    _make_workers()
    _make_queue_events()
    _make_decisions()
    _make_annotators()


def _extend_jobs() -> None:
    # Column by column: SQLite would else make the table anew, and dropping the old one drops the steps of its jobs.
    op.add_column("jobs", sa.Column("asker", sa.String(80), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("title", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("lane", sa.String(16)))
    op.add_column("jobs", sa.Column("wanted", sa.JSON))
    op.add_column("jobs", sa.Column("client_key", sa.String(64)))
    op.add_column("jobs", sa.Column("lease_until", TIME))
    op.add_column("jobs", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("not_before", TIME))
    op.add_column("jobs", sa.Column("installation", sa.String(64), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("subject", sa.String(128)))
    op.add_column("jobs", sa.Column("affiliation", sa.Text))
    op.add_column("jobs", sa.Column("country", sa.String(2)))
    op.add_column("jobs", sa.Column("country_source", sa.String(16)))
    op.add_column("jobs", sa.Column("is_staff", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("uq_jobs_client_key", "jobs", ["client_key"], unique=True)
    op.create_index("ix_jobs_asker", "jobs", ["asker", "created_at"])
    op.create_index("ix_jobs_subject", "jobs", ["subject", "created_at"])
    op.create_index("ix_jobs_queue", "jobs", ["state", "lane"])


def _extend_ledger() -> None:
    op.add_column("ledger", sa.Column("installation", sa.String(64), nullable=False, server_default=""))
    op.add_column("ledger", sa.Column("affiliation", sa.Text))
    op.add_column("ledger", sa.Column("ingested", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("ledger", sa.Column("archived", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("ledger", sa.Column("objects", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("ledger", sa.Column("seconds", sa.Float, nullable=False, server_default="0"))
    op.add_column("ledger", sa.Column("is_staff", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("ledger", sa.Column("receipt", sa.String(64)))


def _make_job_log() -> None:
    op.create_table(
        "job_log",
        sa.Column("id", LONG_ID, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
    )
    op.create_index("ix_job_log_job", "job_log", ["job_id", "id"])


def _make_usage_daily() -> None:
    op.create_table(
        "usage_daily",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("installation", sa.String(64), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("models", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("route", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(128)),
        sa.Column("affiliation", sa.Text),
        sa.Column("country", sa.String(2)),
        sa.Column("country_source", sa.String(16)),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.Column("is_staff", sa.Boolean, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("ingested", sa.BigInteger, nullable=False),
        sa.Column("archived", sa.BigInteger, nullable=False),
        sa.Column("objects", sa.BigInteger, nullable=False),
        sa.Column("jobs", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )
    op.create_index("ix_usage_daily_day", "usage_daily", ["day"])
    op.create_index("ix_usage_daily_subject", "usage_daily", ["subject"])


def _fill_usage_daily() -> None:
    """Add up what the ledger has already."""
    connection = op.get_bind()
    ledger = sa.table("ledger", sa.column("at", TIME), sa.column("is_test", sa.Boolean), *map(sa.column, _LEDGER_NAMES))
    at = ledger.c.at if connection.dialect.name == "sqlite" else sa.func.timezone("UTC", ledger.c.at)
    names = [sa.func.date(at).label("day"), ledger.c.is_test, *(ledger.c[name] for name in _LEDGER_NAMES[3:])]
    sums = [sa.func.sum(ledger.c[name]).label(name) for name in _LEDGER_NAMES[:3]]
    query = sa.select(*names, *sums).group_by(*names)
    types: dict[str, sa.types.TypeEngine[Any]] = {"day": sa.Date(), "is_test": sa.Boolean(), "is_staff": sa.Boolean()}
    columns = [sa.column(name, types.get(name)) for name in ("key", *_DAILY_NAMES, *_DAILY_SUMS)]
    table = sa.table("usage_daily", *columns)
    for row in connection.execute(query).mappings():
        day = row["day"] if isinstance(row["day"], dt.date) else dt.date.fromisoformat(row["day"])
        new: dict[str, Any] = dict.fromkeys(_DAILY_SUMS, 0)
        new |= {**row, "day": day, "installation": row["service"], "affiliation": None, "is_staff": False}
        new |= {name: int(row[name]) for name in ("units", "jobs", "bytes")}
        text = json.dumps([day.isoformat(), *(new[name] for name in _DAILY_NAMES[1:])])
        connection.execute(sa.insert(table).values({**new, "key": sha256(text.encode()).hexdigest()}))


def _make_receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("imported_at", TIME, nullable=False),
        sa.Column("imported_by", sa.String(32)),
    )


def _make_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("email", sa.String(320)),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("oidc_issuer", sa.Text),
        sa.Column("oidc_subject", sa.Text),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("is_staff", sa.Boolean, nullable=False),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.Column("ror", sa.String(64)),
        sa.Column("affiliation", sa.Text),
        sa.Column("country", sa.String(2)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME),
        sa.Column("erased_at", TIME),
        sa.UniqueConstraint("email", name="uq_accounts_email"),
        sa.UniqueConstraint("oidc_issuer", "oidc_subject", name="uq_accounts_oidc"),
    )


def _make_providers() -> None:
    op.create_table(
        "providers",
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("service", sa.String(64), primary_key=True),
    )


def _make_tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("prefix", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.Column("revoked_at", TIME),
    )
    op.create_index("ix_tokens_account", "tokens", ["account_id"])


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    op.create_index("ix_sessions_account", "sessions", ["account_id"])


def _make_access_requests() -> None:
    op.create_table(
        "access_requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("affiliation", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("answered_by", sa.String(32)),
        sa.Column("answer", sa.Text),
    )
    op.create_index("ix_access_account", "access_requests", ["account_id"])
    op.create_index("ix_access_service", "access_requests", ["service", "state"])


def _make_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("asker", sa.String(80), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("deleted_at", TIME),
    )
    op.create_index("ix_uploads_asker", "uploads", ["asker", "created_at"])


def _make_upload_files() -> None:
    op.create_table(
        "upload_files",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("upload_id", sa.String(32), sa.ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.UniqueConstraint("upload_id", "path", name="uq_upload_files_path"),
    )


def _make_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.Column("jobs", sa.Integer, nullable=False),
    )


def _make_queue_events() -> None:
    op.create_table(
        "queue_events",
        sa.Column("event", sa.String(32), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", LONG_ID, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("annotator", sa.String(80), nullable=False),
        sa.Column("annotator_name", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_decisions_object", "decisions", ["job_id", "object_id"])


def _make_annotators() -> None:
    op.create_table(
        "annotators",
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("added_at", TIME, nullable=False),
    )
    op.create_index("ix_annotators_account", "annotators", ["account_id"])
