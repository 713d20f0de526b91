from __future__ import annotations

import pytest

from pelagia.io.sources import without_secrets
from pelagia.io.sources.address import scheme_of


@pytest.mark.parametrize(
    "uri",
    [
        "/data/run@home?token=1",
        "runs/a.lst",
        "C:\\data\\run",
        "s3://bucket/run#1/a?b",
        "S3://Bucket/Run",
        "https://host/@me/run.zip?page=2&query=%7B%22a%22%3A1%7D#part",
        'mongodb://a:27017,b:27018/db/c?query={"taxon": "x"}&authSource=admin&label_field=taxon.name',
    ],
)
def test_an_address_without_secrets_stays_as_it_is(uri: str) -> None:
    assert without_secrets(uri) == uri


@pytest.mark.parametrize(
    ("uri", "plain"),
    [
        ("https://me:hunter2@host/a.zip", "https://host/a.zip"),
        ("https://me@host:8443/a.zip", "https://host:8443/a.zip"),
        ("https://h/a?X-Amz-Signature=hunter2&x=1", "https://h/a?X-Amz-Signature=***&x=1"),
        ("https://h/a?X-Amz-Credential=hunter2&X-Amz-Security-Token=hunter2", None),
        ("https://h/a?%74oken=hunter2", "https://h/a?%74oken=***"),
        ("https://h/a?sig=hunter2;key=hunter2", "https://h/a?sig=***;key=***"),
        ("mongodb://me:hunter2@host/db/c", "mongodb://host/db/c"),
        ("mongodb://me:hun/ter2@host/db/c", "mongodb://host/db/c"),
        ("mongodb+srv://me:a@hunter2@host/db/c?tlsCertificateKeyFilePassword=hunter2", None),
        ("mongodb://h/db/c?authMechanismProperties=AWS_SESSION_TOKEN:hunter2", None),
        ("s3://AKIA:hunter2@bucket/a", "s3://bucket/a"),
    ],
)
def test_no_secret_is_left_in_an_address(uri: str, plain: str | None) -> None:
    found = without_secrets(uri)
    assert "hun" not in found
    assert found == plain or plain is None
    assert without_secrets(found) == found


def test_the_scheme_is_told_from_a_path() -> None:
    assert [scheme_of(uri) for uri in ("S3://b/k", "mongodb+srv://h/d/c", "C:/data", "a/b://c", "/x")] == [
        "s3",
        "mongodb+srv",
        "",
        "",
        "",
    ]
