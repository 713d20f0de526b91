"""What the address of a MongoDB collection says, and how its documents are named."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from bson import ObjectId, json_util
from bson.errors import BSONError, InvalidId

from pelagia.core.errors import BadInput
from pelagia.io.sources.address import without_secrets

OWN_PARAMETERS = ("query", "image_field", "label_field", "bucket", "root")
RUNS_CODE = frozenset({"$where", "$function", "$accumulator"})
USER_VARIABLE, PASSWORD_VARIABLE = "PELAGIA_MONGODB_USERNAME", "PELAGIA_MONGODB_PASSWORD"
UNKNOWN_SUFFIX = ".img"
MAX_INT = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoAddress:
    """What of a collection belongs to a source.

    Parameters
    ----------
    public_uri
        The address without secrets.
    client_uri
        The address of the server with its secrets, for the driver only.
    username, password
        User and password from the environment where the address holds none.
    query
        The filter documents must meet.
    image_field, label_field
        Where a document holds its image and its class (``""``: nowhere).
    bucket
        The GridFS bucket.
    root
        The folder of images that documents name by path; ``""``: images are in GridFS.
    """

    public_uri: str
    client_uri: str = field(repr=False)
    username: str = field(repr=False, default="")
    password: str = field(repr=False, default="")
    database: str
    collection: str
    query: Mapping[str, Any] = field(default_factory=dict)
    image_field: str = "image"
    label_field: str = ""
    bucket: str = "fs"
    root: str = ""


def parse_address(uri: str) -> MongoAddress:
    """Take a MongoDB address apart.

    Parameters
    ----------
    uri
        ``mongodb://[user:password@]host[:port]/database/collection?query={…}&image_field=image``
        ``&label_field=taxon&bucket=fs&root=/data/images``, and any option of MongoDB itself.
        ``query`` is (extended) JSON, percent-encoded where it holds ``&``, ``#``, ``+`` or ``%``.

    Raises
    ------
    BadInput
        ``address-invalid`` or ``address-query``, with the address free of secrets.
    """
    parts, public = urlsplit(uri), without_secrets(uri)
    names = [unquote(name) for name in parts.path.split("/") if name]
    if not parts.netloc.rpartition("@")[2] or len(names) != 2:
        raise BadInput(
            "The MongoDB address must name a host, a database and a collection",
            remedy="Use mongodb://host[:port]/database/collection.",
            file=public,
            code="address-invalid",
        )
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    own = {key: value for key, value in pairs if key in OWN_PARAMETERS}
    options = urlencode([(key, value) for key, value in pairs if key not in OWN_PARAMETERS])
    user, password = ("", "") if "@" in parts.netloc else _credentials()
    return MongoAddress(
        public_uri=public,
        client_uri=f"{parts.scheme}://{parts.netloc}/{quote(names[0])}?{options}",
        username=user,
        password=password,
        database=names[0],
        collection=names[1],
        query=_query(own.get("query", ""), public),
        image_field=own.get("image_field", "image"),
        label_field=own.get("label_field", ""),
        bucket=own.get("bucket", "fs"),
        root=own.get("root", ""),
    )


def name_of(document_id: Any, suffix: str) -> str:
    """Return the name of the image of a document: its id, fit for a file name, with a suffix."""
    text = str(int(document_id)) if isinstance(document_id, float) and document_id.is_integer() else str(document_id)
    return quote(text, safe="") + quote(suffix or UNKNOWN_SUFFIX, safe="")


def id_candidates(name: str) -> list[Any]:
    """Return the ids a name may stand for, the likeliest first; ``5`` may be a number or a text."""
    text = unquote(PurePosixPath(name).stem)
    candidates: list[Any] = []
    with contextlib.suppress(InvalidId):
        candidates.append(ObjectId(text))
    with contextlib.suppress(ValueError):
        number = float(text) if "." in text or "e" in text else int(text)
        if abs(number) <= MAX_INT:
            candidates.append(number)
    return [*candidates, text]


def _credentials() -> tuple[str, str]:
    return os.environ.get(USER_VARIABLE, ""), os.environ.get(PASSWORD_VARIABLE, "")


def _query(text: str, public: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        query = json_util.loads(text)
    except (ValueError, TypeError, BSONError) as error:
        raise _bad_query(text, public, f"it is not JSON ({error})") from error
    if not isinstance(query, dict):
        raise _bad_query(text, public, "it is not a JSON object")
    if _runs_code(query):
        raise _bad_query(text, public, "it would run code on the server")
    return query


def _runs_code(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(key in RUNS_CODE or _runs_code(item) for key, item in value.items())
    return isinstance(value, list) and any(_runs_code(item) for item in value)


def _bad_query(text: str, public: str, why: str) -> BadInput:
    return BadInput(
        f"The query in the MongoDB address cannot be used: {why}",
        remedy='Write it as JSON, for instance query={"cruise": "2024-03"}.',
        value=text[:200],
        file=public,
        code="address-query",
    )
