"""What people say of themselves."""

from __future__ import annotations

import pytest

from pelagia.core.countries import COUNTRIES
from pelagia.core.errors import BadParameter
from pelagia.runtime.accounts.accounts import Account, change_profile
from pelagia.runtime.accounts.countries import LOOKED_UP, country_of_address
from pelagia.runtime.accounts.profile import clean_profile, clean_ror
from pelagia.runtime.database import Database
from pelagia.runtime.tables import LEDGER


@pytest.mark.parametrize(
    "text", ["https://ror.org/02feahw73", "ror.org/02FEAHW73", "02feahw73", "03vek6s52", "02jx3x895"]
)
def test_published_ids_of_institutes_are_taken_in_any_form(text: str) -> None:
    assert clean_ror(text) == f"https://ror.org/{text[-9:].lower()}"


@pytest.mark.parametrize("text", ["02feahw74", "12feahw73", "https://example.org/02feahw73", "02feahl73", "CNRS"])
def test_a_wrong_id_of_an_institute_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="ROR"):
        clean_ror(text)


def test_each_single_wrong_letter_of_an_id_is_noticed() -> None:
    right = "02feahw73"
    for place in range(1, 7):
        for letter in "0123456789abcdefghjkmnpqrstvwxyz":
            wrong = right[:place] + letter + right[place + 1 :]
            if wrong != right:
                with pytest.raises(BadParameter):
                    clean_ror(wrong)


def test_a_country_is_one_of_iso_3166() -> None:
    assert clean_profile({"country": "be"}) == {"country": "BE"}
    assert len(COUNTRIES) == 250 and COUNTRIES["BE"] == "Belgium"
    with pytest.raises(BadParameter, match="country"):
        clean_profile({"country": "XX"})


def test_empty_takes_a_field_back_but_not_the_name(database: Database, ada: Account) -> None:
    changed = change_profile(database, ada.id, {"affiliation": "  Marine   Station ", "country": "FR"})
    assert (changed.affiliation, changed.country) == ("Marine Station", "FR")
    assert change_profile(database, ada.id, {"affiliation": ""}).affiliation is None
    with pytest.raises(BadParameter, match="name"):
        change_profile(database, ada.id, {"name": " "})


def test_texts_with_control_characters_are_refused() -> None:
    for text in ("a\0b", "a\x1b[31mb", "x" * 301):
        with pytest.raises(BadParameter):
            clean_profile({"affiliation": text})


def test_the_country_of_an_address_is_looked_up_offline() -> None:
    assert country_of_address("193.190.198.1") == "BE"
    assert country_of_address("::ffff:193.190.198.1") == "BE"
    assert country_of_address("2001:6a8::1") == "BE"
    for address in ("127.0.0.1", "10.1.2.3", "unknown", "", "testclient"):
        assert country_of_address(address) is None


def test_the_ledger_has_room_for_where_the_country_is_known_from() -> None:
    assert len(LOOKED_UP) <= LEDGER.c.country_source.type.length
    assert LOOKED_UP.startswith("iptocc ")
