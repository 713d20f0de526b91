"""Who is behind a request, as the jobs and the ledger have it: pseudonym, country, cookies, and never an address."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from tests.api.conftest import Installation, order, words_installed
from tests.api.people import PASSWORD

from pelagia.app import create_app
from pelagia.core.errors import BadParameter
from pelagia.http.attempts import OF_ONE_PLACE
from pelagia.http.identify import SESSION_COOKIE, VISIT_COOKIE
from pelagia.runtime.accounts import sessions
from pelagia.runtime.accounts.accounts import change_profile, create_account
from pelagia.runtime.accounts.pseudonyms import subject_of_account
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.settings import read_settings
from pelagia.runtime.tables import METADATA, SESSIONS

BELGIUM = "193.190.198.1"
PROXY = "10.9.9.9"


@contextlib.contextmanager
def _installed(folder: Path, **settings: object) -> Iterator[Installation]:
    with words_installed(folder / "packages") as patch:
        chosen = read_settings({}, home=folder / "home", executor="inline", workers=2, **settings)
        patch.setenv("PELAGIA_HOME", str(chosen.home))
        app = create_app(chosen)
        with TestClient(app):
            yield Installation(app, chosen)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation behind a proxy, reached by https."""
    folder = tmp_path_factory.mktemp("proxied")
    with _installed(
        folder,
        trusted_proxies="10.0.0.0/8",
        public_url="https://pelagia.example.org",
        allowed_hosts="testserver",
        try_out_jobs=3,
    ) as opened:
        yield opened


def _client(installation: Installation, peer: str = PROXY, **headers: str) -> TestClient:
    # By https, or the browser sends no cookie back.
    return TestClient(
        installation.app, base_url="https://pelagia.example.org", client=(peer, 50000), headers=dict(headers)
    )


def _job(installation: Installation, client: TestClient) -> Job:
    answer = client.post("/v1/jobs", json=order(client))
    assert answer.status_code == 202, answer.text
    installation.work()
    return find_job(installation.runtime.database, answer.json()["id"])


def test_the_country_of_a_visit_is_that_of_the_address_before_the_proxy(installation: Installation) -> None:
    job = _job(installation, _client(installation, **{"X-Forwarded-For": f"6.6.6.6, {BELGIUM}"}))
    assert job.country == "BE" and (job.country_source or "").startswith("iptocc ")
    assert (job.subject or "").startswith("v:") and job.kind == "try-out" and job.asker.startswith("visit:")
    assert {row["country"] for row in ledger_rows(installation.runtime.database, job_id=job.id)} == {"BE"}


def test_whoever_is_no_proxy_cannot_choose_a_country(installation: Installation) -> None:
    job = _job(installation, _client(installation, "192.0.2.1", **{"X-Forwarded-For": BELGIUM}))
    assert job.country is None and job.country_source is None


def test_what_is_declared_goes_before_the_address(installation: Installation) -> None:
    database = installation.runtime.database
    client = installation.account("declared")
    account_id = client.get("/v1/accounts/me").json()["id"]
    change_profile(database, account_id, {"country": "FR", "affiliation": "Marine Station"})
    installation.app.state.identities.forget()
    known = _client(installation, Authorization=client.headers["Authorization"], **{"X-Forwarded-For": BELGIUM})
    job = _job(installation, known)
    assert (job.country, job.country_source, job.affiliation) == ("FR", "declared", "Marine Station")
    assert job.subject == subject_of_account(installation.app.state.identities.keys, account_id)
    assert account_id not in (job.subject or "") and job.kind == "analysis"


def test_an_address_and_a_browser_are_never_kept_or_logged(installation: Installation) -> None:
    headers = {"X-Forwarded-For": "193.190.198.77", "User-Agent": "Netscape Navigator 4.7"}
    with capture_logs() as events:
        _job(installation, _client(installation, **headers))
    with installation.runtime.database.read() as connection:
        rows = [
            str(dict(row))
            for table in METADATA.sorted_tables
            for row in connection.execute(sa.select(table)).mappings()
        ]
    for kept in (*rows, *map(str, events)):
        assert "193.190.198.77" not in kept and "Netscape" not in kept and PROXY not in kept
    assert any(event["event"] == "request" for event in events)


def test_dropping_the_cookie_makes_no_more_try_outs(installation: Installation) -> None:
    headers = {"X-Forwarded-For": "193.190.198.9", "User-Agent": "cookie eater"}
    answers = []
    for _ in range(4):
        client = _client(installation, **headers)
        answers.append(client.post("/v1/jobs", json=order(client)))
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert "sign in" in answers[-1].json()["remedy"]


def test_cookies_are_sent_by_https_only(installation: Installation) -> None:
    client = _client(installation)
    given = [client.get("/sign-in").headers["set-cookie"]]
    sent = {"email": "secure@example.org", "password": PASSWORD, "name": "Secure"}
    given += client.post("/v1/accounts/register", json=sent).headers.get_list("set-cookie")
    ours = [
        cookie for cookie in given if cookie.startswith((SESSION_COOKIE, VISIT_COOKIE)) and "Max-Age=0" not in cookie
    ]
    assert len(ours) == 2 and all("; Secure" in cookie and "HttpOnly" in cookie for cookie in ours)


def test_a_session_in_use_is_prolonged_in_the_browser_too(installation: Installation) -> None:
    database, keys = installation.runtime.database, installation.app.state.identities.keys
    account = create_account(database, email="long@example.org")
    cookie = sessions.start_session(database, keys, account.id)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with database.write() as connection:
        mine = SESSIONS.c.account_id == account.id
        connection.execute(sa.update(SESSIONS).where(mine).values(expires_at=soon))
    answer = _client(installation, Cookie=f"{SESSION_COOKIE}={cookie}").get("/v1/accounts/me")
    assert answer.status_code == 200
    assert (
        f"{SESSION_COOKIE}={cookie}" in answer.headers["set-cookie"]
        and "Max-Age=1209600" in answer.headers["set-cookie"]
    )
    assert sessions.list_sessions(database, account.id)[0].expires_at > soon + dt.timedelta(days=10)


@pytest.mark.parametrize("cookie", ["nonsense", "", "é", "x" * 4000])
def test_a_session_that_is_over_is_a_visit_and_its_cookie_is_taken_back(
    installation: Installation, cookie: str
) -> None:
    client = _client(installation)
    answer = client.get("/v1/jobs", headers={"Cookie": f"{SESSION_COOKIE}={cookie}".encode()})
    assert answer.status_code == 200 and answer.json()["items"] == []
    if cookie:
        assert f'{SESSION_COOKIE}=""' in answer.headers["set-cookie"]


def test_two_visitors_are_two_and_one_stays_one(installation: Installation) -> None:
    one, two = _client(installation), _client(installation)
    first = one.post("/v1/uploads", json={"name": "first"}).json()["id"]
    assert one.get(f"/v1/uploads/{first}").status_code == 200
    assert two.get(f"/v1/uploads/{first}").status_code == 404


def test_many_wrong_tokens_from_one_place_are_refused_unseen_and_others_go_on(installation: Installation) -> None:
    good, late = installation.token("holder"), installation.token("latecomer")
    place = {"X-Forwarded-For": "198.51.100.7"}

    def status(token: str, **headers: str) -> int:
        return _client(installation, Authorization=f"Bearer {token}", **headers).get("/v1/jobs").status_code

    assert status(good, **place) == 200
    allowed = OF_ONE_PLACE.amount
    assert {status(f"pel_000000000000_{number:043}", **place) for number in range(allowed)} == {401}
    answer = _client(installation, Authorization=f"Bearer {late}", **place).get("/v1/jobs")
    assert answer.status_code == 429 and "15 minutes" in answer.json()["remedy"]
    assert status(late, **{"X-Forwarded-For": "198.51.100.8"}) == 200
    assert _client(installation, **place).get("/v1/jobs").status_code == 200


def test_a_forgotten_program_with_an_old_token_locks_nobody_out(installation: Installation) -> None:
    place = {"X-Forwarded-For": "198.51.100.20"}
    old = _client(installation, Authorization="Bearer pel_000000000000_old", **place)
    assert {old.get("/v1/jobs").status_code for _ in range(OF_ONE_PLACE.amount + 5)} == {401}
    good = _client(installation, Authorization=f"Bearer {installation.token('neighbour')}", **place)
    assert good.get("/v1/jobs").status_code == 200


def test_an_ipv6_network_is_one_place(installation: Installation) -> None:
    for number in range(OF_ONE_PLACE.amount):
        place = {"X-Forwarded-For": f"2001:db8:1:2::{number:x}"}
        _client(installation, Authorization=f"Bearer pel_{number}", **place).get("/v1/jobs")
    place = {"X-Forwarded-For": "2001:db8:1:2:ffff::1"}
    assert _client(installation, Authorization="Bearer pel_new", **place).get("/v1/jobs").status_code == 429


def test_a_provider_without_a_name_for_us_is_told_at_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(BadParameter, match="PELAGIA_OIDC_CLIENT_ID"),
        _installed(tmp_path, oidc_issuer="https://aai.example.org"),
    ):
        pytest.fail("it started")
