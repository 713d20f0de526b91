"""Who may use what: try-outs within limits, analyses and trainings with an account, requests and their answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa

from pelagia.core.errors import BadParameter, Conflict, NotAllowed, NotFound, SignInNeeded, TooMuch
from pelagia.runtime.accounts.access import kind_of_use, require_access, service_of
from pelagia.runtime.accounts.accounts import Account, create_account
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.requests import answer_request, ask_for_access, own_requests, requests_to_answer
from pelagia.runtime.lifecycle import NewJob, User, create_job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.tables import JOBS

VISIT = Principal(asker="visit:1", scopes=frozenset({"read", "run"}), user=User(subject="v:1"))
WORDS = {"purpose": "Spring bloom", "affiliation": "Marine Station"}


@pytest.fixture
def asking(tmp_path: Path) -> object:
    """An installation whose providers answer requests, with small try-outs."""
    settings = read_settings(
        {"PELAGIA_ACCESS": "ask", "PELAGIA_TRY_OUT_UNITS": "100", "PELAGIA_TRY_OUT_JOBS": "2"}, home=tmp_path / "home"
    )
    with open_runtime(settings) as runtime:
        yield runtime


def _principal(runtime: Runtime, account: Account, services: frozenset[str] = frozenset()) -> Principal:
    return Identities(runtime.database, open_keys(runtime.settings.home)).principal_of(account, services)


def _person(runtime: Runtime, name: str) -> Account:
    return create_account(runtime.database, email=f"{name}@example.org", name=name)


def _try_out(runtime: Runtime, principal: Principal, number: int) -> str:
    request = {"service": "flowcam", "service_version": "1", "target": str(number), "inputs": {}}
    job = create_job(
        runtime.database,
        NewJob(
            request=request,
            estimate={"steps": 1, "units": 1, "bytes": 1},
            unit="image",
            kind="try-out",
            route="web",
            asker=principal.asker,
            user=principal.user,
        ),
    )
    return job.id


def test_a_visit_may_try_out_what_is_small(asking: Runtime) -> None:
    assert kind_of_use(asking, VISIT, "flowcam") == "try-out"
    require_access(asking, VISIT, "flowcam", "try-out", units=100, size=1000)
    with pytest.raises(TooMuch, match="100 images") as caught:
        require_access(asking, VISIT, "flowcam", "try-out", units=101)
    assert "sign in" in caught.value.remedy
    with pytest.raises(TooMuch, match="MB"):
        require_access(asking, VISIT, "flowcam", "try-out", size=asking.settings.try_out_bytes + 1)


@pytest.mark.parametrize("kind", ["analysis", "training", "local"])
def test_all_else_needs_an_account(sqlite_runtime: Runtime, kind: object) -> None:
    with pytest.raises(SignInNeeded, match="account"):
        require_access(sqlite_runtime, VISIT, "flowcam", kind)  # type: ignore[arg-type]


def test_a_visit_may_try_out_a_few_times_a_day_whether_it_keeps_its_cookie_or_not(asking: Runtime) -> None:
    ids = [_try_out(asking, VISIT, number) for number in range(2)]
    fresh = dataclasses.replace(VISIT, asker="visit:2")
    for visit in (VISIT, fresh, dataclasses.replace(VISIT, user=User(subject="v:2"))):
        with pytest.raises(TooMuch, match="2 try-outs"):
            require_access(asking, visit, "flowcam", "try-out")
    require_access(asking, dataclasses.replace(fresh, user=User(subject="v:2")), "flowcam", "try-out")
    with asking.database.write() as connection:
        yesterday = sa.func.datetime(JOBS.c.created_at, "-25 hours")
        connection.execute(sa.update(JOBS).where(JOBS.c.id == ids[0]).values(created_at=yesterday))
    require_access(asking, VISIT, "flowcam", "try-out")


def test_by_default_an_account_may_analyse_and_train(sqlite_runtime: Runtime) -> None:
    ada = _principal(sqlite_runtime, _person(sqlite_runtime, "ada"))
    assert kind_of_use(sqlite_runtime, ada, "flowcam") == "analysis"
    assert kind_of_use(sqlite_runtime, ada, "flowcam-train") == "training"
    require_access(sqlite_runtime, ada, "flowcam", "analysis", units=10**9, size=10**15)
    require_access(sqlite_runtime, ada, "flowcam-train", "training")


def test_where_access_is_asked_for_it_holds_once_granted(asking: Runtime) -> None:
    account = _person(asking, "ada")
    ada = _principal(asking, account)
    provider = _principal(asking, _person(asking, "provider"), frozenset({"flowcam"}))
    assert kind_of_use(asking, ada, "flowcam") == "try-out"
    with pytest.raises(TooMuch) as too_much:
        require_access(asking, ada, "flowcam", "try-out", units=101)
    assert "ask for access" in too_much.value.remedy
    with pytest.raises(NotAllowed, match="no access") as caught:
        require_access(asking, ada, "flowcam", "analysis")
    assert "Ask" in caught.value.remedy
    asked = ask_for_access(asking.database, account.id, service="flowcam", mode="analysis", **WORDS)
    with pytest.raises(NotAllowed):
        require_access(asking, ada, "flowcam", "analysis")
    answer_request(asking.database, provider, asked.id, grant=True, answer="Welcome")
    require_access(asking, ada, "flowcam", "analysis")
    assert kind_of_use(asking, ada, "flowcam") == "analysis"
    with pytest.raises(NotAllowed):
        require_access(asking, ada, "flowcam-train", "training")
    answer_request(asking.database, provider, asked.id, grant=False, answer="No longer")
    with pytest.raises(NotAllowed):
        require_access(asking, ada, "flowcam", "analysis")


def test_providers_and_administrators_need_not_ask(asking: Runtime) -> None:
    root = create_account(asking.database, email="root@example.org", is_admin=True)
    require_access(asking, _principal(asking, root), "flowcam", "analysis")
    provider = _principal(asking, _person(asking, "provider"), frozenset({"flowcam"}))
    require_access(asking, provider, "flowcam-train", "training")


@pytest.mark.parametrize(("kind", "scope"), [("analysis", "run"), ("training", "train"), ("local", "run")])
def test_a_token_must_cover_it(sqlite_runtime: Runtime, kind: object, scope: str) -> None:
    ada = _principal(sqlite_runtime, _person(sqlite_runtime, "ada"))
    without = dataclasses.replace(ada, scopes=ada.scopes - {scope})
    with pytest.raises(NotAllowed, match="token") as caught:
        require_access(sqlite_runtime, without, "flowcam", kind)  # type: ignore[arg-type]
    assert scope in caught.value.remedy


def test_a_training_belongs_to_its_service() -> None:
    assert service_of("flowcam-train") == "flowcam" == service_of("flowcam")
    with pytest.raises(NotFound):
        service_of("no-such-service")


def test_a_request_is_seen_and_answered_by_the_provider_of_the_service_only(runtime: Runtime) -> None:
    database = runtime.database
    ada, bob = _person(runtime, "ada"), _person(runtime, "bob")
    asked = ask_for_access(database, ada.id, service="flowcam", mode="training", **WORDS)
    provider = _principal(runtime, bob, frozenset({"flowcam"}))
    other = _principal(runtime, bob, frozenset({"zooscan"}))
    assert [one.id for one in requests_to_answer(database, provider, state="asked")] == [asked.id]
    assert requests_to_answer(database, other) == []
    with pytest.raises(NotFound):
        answer_request(database, other, asked.id, grant=True)
    with pytest.raises(NotAllowed, match="token"):
        answer_request(database, dataclasses.replace(provider, scopes=frozenset({"run"})), asked.id, grant=True)
    answered = answer_request(database, provider, asked.id, grant=True, answer=" Fine ")
    assert (answered.state, answered.answer, answered.name) == ("granted", "Fine", "ada")
    assert own_requests(database, ada.id) == [answered] and own_requests(database, bob.id) == []


def test_nobody_grants_access_to_themselves(sqlite_runtime: Runtime) -> None:
    ada = _person(sqlite_runtime, "ada")
    asked = ask_for_access(sqlite_runtime.database, ada.id, service="flowcam", mode="analysis", **WORDS)
    provider = _principal(sqlite_runtime, ada, frozenset({"flowcam"}))
    with pytest.raises(NotAllowed, match="themselves"):
        answer_request(sqlite_runtime.database, provider, asked.id, grant=True)


def test_the_same_is_asked_once_until_it_is_refused(sqlite_runtime: Runtime) -> None:
    database, ada = sqlite_runtime.database, _person(sqlite_runtime, "ada")
    root = _principal(sqlite_runtime, create_account(database, email="root@example.org", is_admin=True))
    asked = ask_for_access(database, ada.id, service="flowcam", mode="analysis", **WORDS)
    with pytest.raises(Conflict):
        ask_for_access(database, ada.id, service="flowcam", mode="analysis", **WORDS)
    answer_request(database, root, asked.id, grant=False)
    assert ask_for_access(database, ada.id, service="flowcam", mode="analysis", **WORDS).state == "asked"


@pytest.mark.parametrize(
    "changes",
    [{"mode": "everything"}, {"purpose": "  "}, {"purpose": "x" * 5000}, {"purpose": "a\0b"}, {"affiliation": ""}],
)
def test_a_request_that_says_nothing_is_refused(sqlite_runtime: Runtime, changes: dict[str, str]) -> None:
    ada = _person(sqlite_runtime, "ada")
    given = {"service": "flowcam", "mode": "analysis", **WORDS, **changes}
    with pytest.raises(BadParameter):
        ask_for_access(sqlite_runtime.database, ada.id, **given)
