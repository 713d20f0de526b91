"""What happens to the queue that should be rare, counted in the transaction in which it happens."""

from __future__ import annotations

from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pelagia.runtime.tables import QUEUE_EVENTS

# A job was taken over because its lease ran out or its worker died; it is tried again after a fault that passes; a
# worker that was told to end gave it back.
QueueEvent = Literal["takeover", "retry", "given-back"]


def count_event(connection: sa.Connection, event: QueueEvent) -> None:
    """Count an event, inside its transaction."""
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(QUEUE_EVENTS)
    more = {"number": QUEUE_EVENTS.c.number + 1}
    connection.execute(insert.values(event=event, number=1).on_conflict_do_update(index_elements=["event"], set_=more))


def event_counts(connection: sa.Connection) -> dict[str, int]:
    """Return how often each event happened; 0 for those that never did."""
    rows = connection.execute(sa.select(QUEUE_EVENTS.c.event, QUEUE_EVENTS.c.number))
    return dict.fromkeys(get_args(QueueEvent), 0) | {row.event: int(row.number) for row in rows}
