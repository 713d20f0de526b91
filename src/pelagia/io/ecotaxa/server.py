"""EcoTaxa's HTTP interface: the few calls that an import takes.

References
----------
https://ecotaxa.obs-vlfr.fr/api/docs, from which the routes and their fields were taken.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx

from pelagia.core.errors import BadInput, BadParameter, NotFound, Unavailable

ADDRESS = "https://ecotaxa.obs-vlfr.fr/api"
TOKEN_LETTERS = re.compile(r"[!-~]*")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
TIMEOUT = httpx.Timeout(120.0, connect=20.0)
UPLOAD_TIMEOUT = httpx.Timeout(600.0, connect=20.0)
NAMES_AT_A_TIME = 20_000
ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 1.0
UPLOAD_ROUTES = ("user_files/", "my_files/")
"""Today's route for files of a user, and that of elder installations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteProject:
    """A project of EcoTaxa: its number, title and how many objects it says it has."""

    number: int
    title: str
    objects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteJob:
    """A job of EcoTaxa.

    Parameters
    ----------
    state
        ``P`` waiting, ``R`` running, ``A`` asking, ``E`` failed, ``F`` finished.
    question
        What it asks: ``missing_users`` and ``missing_taxa``.
    """

    number: int
    state: str
    percent: int
    message: str
    errors: tuple[str, ...]
    question: Mapping[str, Any]

    @property
    def is_at_work(self) -> bool:
        """Whether it will go on by itself."""
        return self.state in {"P", "R"}


@dataclass(slots=True)
class EcoTaxa:
    """An installation of EcoTaxa, as one of its users; used with ``with``.

    Parameters
    ----------
    token
        What :func:`sign_in` returned, or a person took from EcoTaxa; sent in a header, never shown.
    address
        Of the interface, ending in ``/api``.

    Raises
    ------
    BadParameter
        Where the address would send the token in the clear.
    """

    token: str = field(repr=False)
    address: str = ADDRESS
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.address = checked_address(self.address)
        if not TOKEN_LETTERS.fullmatch(self.token):
            # Not a word of it may stand in the message, which the client would put there.
            raise BadParameter(
                "The token for EcoTaxa holds blanks, line breaks or foreign letters", remedy="Copy it again, alone."
            )
        self._client = httpx.Client(
            # A redirect could lead the token to another host: it is not followed.
            base_url=self.address,
            timeout=TIMEOUT,
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
        )

    def user(self) -> str:
        """Return the name of the user."""
        return str(self._get("users/me").get("name", ""))

    def project(self, number: int) -> RemoteProject:
        """Find a project.

        Raises
        ------
        NotFound, BadInput
            It is not there, or not for this user.
        """
        told = self._get(f"projects/{number}")
        return RemoteProject(
            number=number, title=str(told.get("title", "")), objects=int(float(told.get("objcount") or 0))
        )

    def object_names(self, project: int) -> Iterator[str]:
        """Read the names of all objects of a project, piece by piece.

        Raises
        ------
        Unavailable
            Where fewer come than the project says it has: whoever compares must not take that for all.
        """
        start, total = 0, None
        while total is None or start < total:
            window = {
                "fields": "obj.orig_id",
                "order_field": "obj.orig_id",
                "window_start": start,
                "window_size": NAMES_AT_A_TIME,
            }
            told = self._ask("POST", f"object_set/{project}/query", params=window, json={}, again=True)
            details = told.get("details") or []
            total = told.get("total_ids")
            if not details and total and start < total:
                raise Unavailable(
                    "EcoTaxa did not tell all objects of the project",
                    value=f"{start:,} of {total:,}",
                    file=self.address,
                    remedy="Somebody may be changing the project; try again in a while.",
                )
            if not details:
                return
            yield from (str(one[0]) for one in details)
            start += len(details)

    def acquisitions(self, project: int) -> dict[str, str]:
        """Return the acquisitions of a project and the sample each belongs to."""
        samples = self._get("samples/search", {"project_ids": str(project), "id_pattern": "*"})
        names = {one["sampleid"]: str(one["orig_id"]) for one in samples}
        found = self._get("acquisitions/search", {"project_id": project})
        return {str(one["orig_id"]): names.get(one["acq_sample_id"], "") for one in found}

    def put_file(self, path: Path, name: str) -> str:
        """Send a file to the user's files, without holding it in memory.

        Returns
        -------
        str
            Where EcoTaxa keeps it: what an import names.
        """
        for route in UPLOAD_ROUTES:
            with path.open("rb") as file:
                answer = self._send(
                    "POST",
                    route,
                    files={"file": (path.name, file, "application/zip")},
                    data={"path": name},
                    timeout=UPLOAD_TIMEOUT,
                )
            if answer.status_code != httpx.codes.NOT_FOUND:
                return str(self._told(answer, route))
        return _refused(answer, route)

    def start_import(self, project: int, source: str, *, skip_existing: bool, update: str) -> int:
        """Start the import of a file; returns the number of its job.

        Parameters
        ----------
        project, source
            Where to, and what :meth:`put_file` returned.
        skip_existing
            Leave out what the project has.
        update
            ``Yes`` to update what it has, ``Cla`` also what it is named, ``""`` to add.
        """
        request = {"source_path": source, "skip_existing_objects": skip_existing, "update_mode": update}
        told = self._ask("POST", f"file_import/{project}", json=request)
        errors = [str(error) for error in told.get("errors") or ()]
        if errors:
            raise BadInput(
                "EcoTaxa does not start the import", value="; ".join(errors)[:400], remedy="Correct what it names."
            )
        return int(told["job_id"])

    def job(self, number: int) -> RemoteJob:
        """Ask how far a job is."""
        told = self._get(f"jobs/{number}/")
        return RemoteJob(
            number=number,
            state=str(told.get("state", "")),
            percent=int(told.get("progress_pct") or 0),
            message=str(told.get("progress_msg") or ""),
            errors=tuple(str(error) for error in told.get("errors") or ()),
            question=told.get("question") or {},
        )

    def answer(self, number: int, users: Mapping[str, int], taxa: Mapping[str, int]) -> None:
        """Answer what a job asks: the numbers of users and categories by the names in the tables."""
        self._ask("POST", f"jobs/{number}/answer", json={"users": dict(users), "taxa": dict(taxa)})

    def __enter__(self) -> EcoTaxa:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _get(self, route: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._ask("GET", route, params=params, again=True)

    def _ask(self, method: str, route: str, *, again: bool = False, **told: Any) -> Any:
        """Ask, and ask again where the line broke and asking twice does no harm."""
        for attempt in range(ATTEMPTS if again else 1):
            if attempt:
                time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            last = attempt == (ATTEMPTS if again else 1) - 1
            try:
                answer = self._send(method, route, **told)
            except Unavailable:
                if last:
                    raise
                continue
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR or last:
                return self._told(answer, route)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, method: str, route: str, **told: Any) -> httpx.Response:
        try:
            return self._client.request(method, route, **told)
        except httpx.HTTPError as error:
            raise Unavailable(
                "EcoTaxa does not answer",
                value=type(error).__name__,
                file=self.address,
                remedy="Try again in a while; what was imported is not imported twice.",
            ) from error

    @staticmethod
    def _told(answer: httpx.Response, route: str) -> Any:
        if answer.is_success:
            try:
                return answer.json()
            except ValueError:
                return answer.text
        return _refused(answer, route)


def sign_in(email: str, password: str, address: str = ADDRESS) -> str:
    """Sign in to EcoTaxa.

    Returns
    -------
    str
        A token for :class:`EcoTaxa`.

    Raises
    ------
    BadInput
        Where it lets nobody in with these.
    """
    with EcoTaxa(token="", address=address) as server:
        answer = server._send("POST", "login", json={"username": email, "password": password})
    if answer.is_success:
        return str(answer.json())
    raise BadInput(
        "EcoTaxa does not know this address and password",
        value=email,
        file=server.address,
        remedy="Check them, and that the account is active.",
        code="ecotaxa-sign-in",
    )


def checked_address(address: str) -> str:
    """Return the address of an installation as it is used, or say why it must not be."""
    parts = urlsplit(address.strip())
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS):
        if parts.username is None and not parts.query:
            return address.strip().rstrip("/") + "/"
        raise BadParameter(
            "The address of EcoTaxa must hold no user and no query", remedy="Give the token in the environment."
        )
    raise BadParameter(
        "The address of EcoTaxa must begin with https://, so that nobody reads the token on its way",
        value=f"{parts.scheme}://{parts.hostname or ''}",
        remedy=f"Use for instance {ADDRESS}.",
    )


def _refused(answer: httpx.Response, route: str) -> NoReturn:
    """Raise what an answer means."""
    place, status = str(answer.request.url.copy_with(query=None)), answer.status_code
    if status == httpx.codes.UNAUTHORIZED:
        raise BadInput(
            "EcoTaxa does not accept the token",
            file=place,
            remedy="Sign in to EcoTaxa anew and give the new token; a token ends after some weeks.",
            code="ecotaxa-token",
        )
    if status == httpx.codes.FORBIDDEN:
        raise BadInput(
            "EcoTaxa does not allow this user to do that",
            file=place,
            remedy="Ask a manager of the project for the right to annotate or manage it.",
            code="ecotaxa-right",
        )
    if status == httpx.codes.NOT_FOUND:
        raise NotFound("EcoTaxa has no such thing", value=route, file=place, remedy="Check the number of the project.")
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        raise BadInput("EcoTaxa takes no upload of this size", file=place, remedy="Export smaller archives.")
    told = " ".join(answer.text.split())[:300]
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or answer.is_redirect:
        raise Unavailable("EcoTaxa failed", value=f"{status} {told}", file=place, remedy="Try again in a while.")
    raise BadInput("EcoTaxa refuses this", value=f"{status} {told}", file=place, remedy="Correct what it names.")
