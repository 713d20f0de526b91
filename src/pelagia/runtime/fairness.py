"""Whose job is next: those who have the least running, then those who waited longest since their last start."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from pelagia.runtime.tables import JOBS, UtcTime

NEVER = sa.literal(dt.datetime(1970, 1, 1, tzinfo=dt.UTC), UtcTime())


def turn_of_asker() -> tuple[sa.ColumnElement[Any], ...]:
    """Return what jobs of the queue are sorted by so that those who ask take turns, however much each asks for."""
    theirs = JOBS.alias("theirs")
    of_asker = (theirs.c.asker == JOBS.c.asker) & theirs.c.lane.is_not(None)
    running = sa.select(sa.func.count()).select_from(theirs).where(of_asker, theirs.c.state == "running")
    last_start = sa.select(sa.func.max(theirs.c.started_at)).where(of_asker)
    return (
        running.scalar_subquery(),
        sa.func.coalesce(last_start.scalar_subquery(), NEVER),
        JOBS.c.created_at,
        JOBS.c.id,
    )


def place_in_line(connection: sa.Connection, job_id: str, lane: str) -> int | None:
    """Return how many waiting jobs of a lane come before this one, plus one; ``None`` where it does not wait."""
    rank = sa.func.row_number().over(partition_by=JOBS.c.asker, order_by=(JOBS.c.created_at, JOBS.c.id))
    waiting = (JOBS.c.state == "queued") & (JOBS.c.lane == lane)
    in_order = connection.execute(sa.select(JOBS.c.id).where(waiting).order_by(rank, *turn_of_asker()))
    for position, found in enumerate(in_order.scalars(), start=1):
        if found == job_id:
            return position
    return None
