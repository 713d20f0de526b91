"""Make the tables of jobs, steps and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)
LONG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the change."""
    _make_jobs()
    _make_steps()
    _make_ledger()


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
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
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("done_steps", sa.Integer, nullable=False),
        sa.Column("done_units", sa.BigInteger, nullable=False),
        sa.Column("error", sa.JSON),
        sa.Column("output", sa.JSON),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("beat_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("cleaned_at", TIME),
        sa.UniqueConstraint("request_hash", "generation", name="uq_jobs_request"),
    )
    op.create_index("ix_jobs_created", "jobs", ["created_at"])
    op.create_index("ix_jobs_target", "jobs", ["target"])


def _make_steps() -> None:
    op.create_table(
        "steps",
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String(512), primary_key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("finished_at", TIME, nullable=False),
    )


def _make_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", LONG_ID, primary_key=True, autoincrement=True),
        sa.Column("idempotency_key", sa.String(640), nullable=False, unique=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("service_version", sa.String(32), nullable=False),
        sa.Column("models", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("route", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("corrects", LONG_ID),
        sa.Column("subject", sa.String(128)),
        sa.Column("country", sa.String(2)),
        sa.Column("country_source", sa.String(16)),
        sa.Column("is_test", sa.Boolean, nullable=False),
    )
    op.create_index("ix_ledger_at", "ledger", ["at"])
    op.create_index("ix_ledger_job", "ledger", ["job_id"])
