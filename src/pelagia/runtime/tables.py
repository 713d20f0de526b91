"""The tables of the database: jobs, their steps and logs, the ledger of use, accounts, uploads, decisions.

The migrations in ``migrations/versions`` make these tables; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class UtcTime(sa.TypeDecorator[dt.datetime]):
    """An instant in UTC; SQLite forgets the zone, so it is put back when read."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Turn an aware instant into UTC."""
        del dialect
        return value if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Return an aware instant in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class utc_now(FunctionElement[dt.datetime]):  # noqa: N801 - it stands among SQL functions
    """The clock of the database, so that several machines agree on the time."""

    type = UtcTime()
    inherit_cache = True


@compiles(utc_now, "postgresql")
def _now_postgresql(element: object, compiler: object, **options: Any) -> str:
    del element, compiler, options
    return "clock_timestamp()"


@compiles(utc_now, "sqlite")
def _now_sqlite(element: object, compiler: object, **options: Any) -> str:
    del element, compiler, options
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


METADATA = sa.MetaData()
LONG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    # Equal requests have equal hashes; the generation tells a run asked for anew from the first.
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("service", sa.String(64), nullable=False),
    sa.Column("service_version", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("is_test", sa.Boolean, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("estimate", sa.JSON, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # Raised by one at each start: a process that holds an older number can commit nothing more.
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("done_steps", sa.Integer, nullable=False),
    sa.Column("done_units", sa.BigInteger, nullable=False),
    sa.Column("error", sa.JSON),
    sa.Column("output", sa.JSON),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("beat_at", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Column("cleaned_at", UtcTime),
    # Who asked, for whom to show it: "account:<id>", "visit:<hash>", or "" for the command line.
    sa.Column("asker", sa.String(80), nullable=False, server_default=""),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    # Empty for a job that its own process runs; the queue has lanes for short and for long work.
    sa.Column("lane", sa.String(16)),
    sa.Column("wanted", sa.JSON),
    # The same key from the same asker is the same job.
    sa.Column("client_key", sa.String(64)),
    sa.Column("lease_until", UtcTime),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", UtcTime),
    # What its ledger rows say of who used it.
    sa.Column("installation", sa.String(64), nullable=False, server_default=""),
    sa.Column("subject", sa.String(128)),
    sa.Column("affiliation", sa.Text),
    sa.Column("country", sa.String(2)),
    sa.Column("country_source", sa.String(16)),
    sa.Column("is_staff", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("request_hash", "generation", name="uq_jobs_request"),
    sa.Index("ix_jobs_created", "created_at"),
    sa.Index("ix_jobs_target", "target"),
    sa.Index("ix_jobs_asker", "asker", "created_at"),
    sa.Index("ix_jobs_subject", "subject", "created_at"),
    sa.Index("ix_jobs_queue", "state", "lane"),
    sa.Index("uq_jobs_client_key", "client_key", unique=True),
)

JOB_LOG = sa.Table(
    "job_log",
    METADATA,
    sa.Column("id", LONG_ID, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Index("ix_job_log_job", "job_id", "id"),
)

STEPS = sa.Table(
    "steps",
    METADATA,
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.String(512), primary_key=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
    # The value as JSON; empty where it is large and stands in storage.
    sa.Column("value", sa.Text),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("finished_at", UtcTime, nullable=False),
)

LEDGER = sa.Table(
    "ledger",
    METADATA,
    sa.Column("id", LONG_ID, primary_key=True, autoincrement=True),
    sa.Column("idempotency_key", sa.String(640), nullable=False, unique=True),
    sa.Column("at", UtcTime, nullable=False),
    # No foreign key: the ledger outlives jobs.
    sa.Column("job_id", sa.String(32), nullable=False),
    sa.Column("service", sa.String(64), nullable=False),
    sa.Column("service_version", sa.String(32), nullable=False),
    sa.Column("models", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    # A finished step carries units, the end of a job carries 1 job; a correction carries minus that.
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Column("jobs", sa.Integer, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("corrects", LONG_ID),
    sa.Column("subject", sa.String(128)),
    sa.Column("country", sa.String(2)),
    sa.Column("country_source", sa.String(16)),
    sa.Column("is_test", sa.Boolean, nullable=False),
    sa.Column("installation", sa.String(64), nullable=False, server_default=""),
    sa.Column("affiliation", sa.Text),
    sa.Column("ingested", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("archived", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("objects", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
    sa.Column("is_staff", sa.Boolean, nullable=False, server_default=sa.false()),
    # The receipt of another installation that the row came with.
    sa.Column("receipt", sa.String(64)),
    sa.Index("ix_ledger_at", "at"),
    sa.Index("ix_ledger_job", "job_id"),
)

# The ledger added up per day and per all that tells uses apart; written in the ledger row's own transaction.
USAGE_DAILY = sa.Table(
    "usage_daily",
    METADATA,
    # SHA-256 of the columns that tell uses apart.
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
    sa.Index("ix_usage_daily_day", "day"),
    sa.Index("ix_usage_daily_subject", "subject"),
)

RECEIPTS = sa.Table(
    "receipts",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("imported_at", UtcTime, nullable=False),
    sa.Column("imported_by", sa.String(32)),
)

ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("email", sa.String(320)),
    sa.Column("name", sa.Text, nullable=False),
    # argon2id; empty for those who come from an identity provider.
    sa.Column("password_hash", sa.Text),
    sa.Column("oidc_issuer", sa.Text),
    sa.Column("oidc_subject", sa.Text),
    sa.Column("is_admin", sa.Boolean, nullable=False),
    sa.Column("is_staff", sa.Boolean, nullable=False),
    sa.Column("is_test", sa.Boolean, nullable=False),
    sa.Column("ror", sa.String(64)),
    sa.Column("affiliation", sa.Text),
    sa.Column("country", sa.String(2)),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("disabled_at", UtcTime),
    sa.Column("erased_at", UtcTime),
    sa.UniqueConstraint("email", name="uq_accounts_email"),
    sa.UniqueConstraint("oidc_issuer", "oidc_subject", name="uq_accounts_oidc"),
)

PROVIDERS = sa.Table(
    "providers",
    METADATA,
    sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("service", sa.String(64), primary_key=True),
)

TOKENS = sa.Table(
    "tokens",
    METADATA,
    # The part of the token that may be shown; the rest is known only by its HMAC.
    sa.Column("prefix", sa.String(16), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
    sa.Index("ix_tokens_account", "account_id"),
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    # HMAC of the cookie.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Index("ix_sessions_account", "account_id"),
)

ACCESS_REQUESTS = sa.Table(
    "access_requests",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("service", sa.String(64), nullable=False),
    # One of the four ways the field gives access: try-out, analysis, training, local.
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("affiliation", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("answered_at", UtcTime),
    sa.Column("answered_by", sa.String(32)),
    sa.Column("answer", sa.Text),
    sa.Index("ix_access_account", "account_id"),
    sa.Index("ix_access_service", "service", "state"),
)

UPLOADS = sa.Table(
    "uploads",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("asker", sa.String(80), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("deleted_at", UtcTime),
    sa.Index("ix_uploads_asker", "asker", "created_at"),
)

UPLOAD_FILES = sa.Table(
    "upload_files",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("upload_id", sa.String(32), sa.ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64)),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.UniqueConstraint("upload_id", "path", name="uq_upload_files_path"),
)

# Worker processes that took part lately: each tells every few seconds that it lives.
WORKERS = sa.Table(
    "workers",
    METADATA,
    # The process, as pelagia.runtime.owner names it.
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("beat_at", UtcTime, nullable=False),
    sa.Column("jobs", sa.Integer, nullable=False),
)

# What happened to the queue, counted since the installation began.
QUEUE_EVENTS = sa.Table(
    "queue_events",
    METADATA,
    sa.Column("event", sa.String(32), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)

# What people decided on objects of a result: only ever added; the latest of each person holds.
DECISIONS = sa.Table(
    "decisions",
    METADATA,
    sa.Column("id", LONG_ID, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    # Empty where the person takes the decision back.
    sa.Column("label", sa.Text),
    sa.Column("annotator", sa.String(80), nullable=False),
    sa.Column("annotator_name", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("ix_decisions_object", "job_id", "object_id"),
)

# What people changed in a result besides names: only ever added; the latest on one subject and field holds.
EDITS = sa.Table(
    "edits",
    METADATA,
    sa.Column("id", LONG_ID, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    # Empty where the change is taken back.
    sa.Column("value", sa.JSON(none_as_null=True)),
    sa.Column("annotator", sa.String(80), nullable=False),
    sa.Column("annotator_name", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Index("ix_edits_job", "job_id", "id"),
)

# Whom the owner of a result asked to look at it and to decide as well.
ANNOTATORS = sa.Table(
    "annotators",
    METADATA,
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Index("ix_annotators_account", "account_id"),
)
