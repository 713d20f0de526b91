"""Views by visitors: robots never, double clicks once."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.runtime.test_daily import check

from pelagia.runtime.ledger import usage_totals
from pelagia.runtime.lifecycle import User
from pelagia.runtime.runner import Runtime
from pelagia.usage.views import Look, record_look

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOON = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)


def look(**changed: object) -> Look:
    stated = {
        "kind": "view",
        "item": "/services/toy",
        "service": "toy",
        "user": User(subject="v:1", country="BE", country_source="iptocc"),
        "user_agent": BROWSER,
    }
    return Look(**{**stated, **changed})  # type: ignore[arg-type]


def views(runtime: Runtime) -> int:
    return sum(total.units for total in usage_totals(runtime.database))


def test_clicks_within_thirty_seconds_are_one(runtime: Runtime) -> None:
    counted = [record_look(runtime.database, look(), now=NOON + dt.timedelta(seconds=at)) for at in (0, 20, 40, 71)]
    assert counted == [True, False, False, True] and views(runtime) == 2
    check(runtime.database)


def test_another_thing_another_visitor_another_kind_count(runtime: Runtime) -> None:
    for one in (look(), look(item="/other"), look(user=User(subject="v:2")), look(kind="download")):
        assert record_look(runtime.database, one, now=NOON)
    assert views(runtime) == 4


@pytest.mark.parametrize("agent", ["Googlebot/2.1 (+http://www.google.com/bot.html)", "bingbot"])
def test_robots_are_not_counted(runtime: Runtime, agent: str) -> None:
    assert not record_look(runtime.database, look(user_agent=agent), now=NOON)
    assert views(runtime) == 0


def test_people_with_an_account_are_never_filtered_into_views(runtime: Runtime) -> None:
    assert not record_look(runtime.database, look(user=User(subject="u:1")), now=NOON)
    assert views(runtime) == 0
