"""The header Accept is read as the standard says."""

from __future__ import annotations

import pytest

from pelagia.api.deepaas.accept import chosen_type

JSON, ZIP = "application/json", "application/zip"


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (ZIP, ZIP),
        ("APPLICATION/ZIP", ZIP),
        ("application/zip, application/json", JSON),
        ("application/zip, application/json;q=0.5", ZIP),
        ("application/zip;q=0.5", ZIP),
        ("application/json;q=0.2, */*;q=0.1, application/zip;q=0.9", ZIP),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("application/json;q=0, */*", ZIP),
        ("application/zip;version=1;q=0.4", ZIP),
        ("text/plain", None),
        ("application/json;q=0", None),
        ("application/json;q=high", None),
        ("*/*;q=0", None),
        (";;,", None),
    ],
)
def test_the_best_liked_offer_is_taken(header: str, chosen: str | None) -> None:
    assert chosen_type(header, (JSON, ZIP)) == chosen
