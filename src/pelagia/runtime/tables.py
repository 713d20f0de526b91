"""The tables of the database: jobs, their finished steps, and the ledger of use.

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
    sa.UniqueConstraint("request_hash", "generation", name="uq_jobs_request"),
    sa.Index("ix_jobs_created", "created_at"),
    sa.Index("ix_jobs_target", "target"),
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
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
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
    sa.Column("corrects", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("subject", sa.String(128)),
    sa.Column("country", sa.String(2)),
    sa.Column("country_source", sa.String(16)),
    sa.Column("is_test", sa.Boolean, nullable=False),
    sa.Index("ix_ledger_at", "at"),
    sa.Index("ix_ledger_job", "job_id"),
)
