from __future__ import annotations

import csv

import pyarrow.parquet as pq
import pytest

from pelagia.exports.taxonomy import lint, lsid, names_agree, taxa_by_name, taxon_by_aphia_id


def codes(label, name, aphia_id):
    return [issue.code for issue in lint(label, name, aphia_id)]


def test_an_accepted_genus_is_found_by_identifier_and_by_name():
    taxon = taxon_by_aphia_id(148985)
    assert (taxon.name, taxon.rank, taxon.status, taxon.kingdom) == ("Chaetoceros", "Genus", "accepted", "Chromista")
    assert taxa_by_name("chaetoceros")[0] == taxon


def test_underscores_and_case_do_not_hide_a_name():
    assert taxa_by_name("ACTINOPTYCHUS_senarius")[0].aphia_id == 148948


def test_an_identifier_is_written_as_the_lsid_of_worms():
    assert lsid(148985) == "urn:lsid:marinespecies.org:taxname:148985"


def test_a_correct_class_has_no_finding():
    assert lint("Chaetoceros", "Chaetoceros", 148985) == ()
    assert lint("Centric_Diatom", None, 148899) == ()


def test_a_genus_with_the_identifier_of_its_species_is_an_error_that_names_the_right_one():
    (issue,) = lint("Bellerochea", "Bellerochea", 447730)
    assert issue.code == "aphiaid-name-mismatch"
    assert issue.severity == "error"
    assert "149305" in issue.message


def test_an_identifier_of_another_listed_taxon_is_an_error_that_names_both():
    issue = lint("Chaetoceros", "Chaetoceros", 148948)[0]
    assert (issue.code, issue.severity) == ("aphiaid-name-mismatch", "error")
    assert "Actinoptychus senarius" in issue.message
    assert "148985" in issue.message


def test_the_label_is_compared_where_the_card_gives_no_name():
    assert codes("Bellerochea", None, 447730) == ["aphiaid-name-mismatch"]


def test_a_class_without_identifier_is_told_what_the_list_knows():
    (issue,) = lint("Odontella", None, None)
    assert issue.code == "class-without-aphiaid"
    assert "149045" in issue.remedy or "Odontella" in issue.remedy


def test_a_class_that_is_no_name_gets_no_suggestion():
    (issue,) = lint("Protist", None, None)
    assert "The list holds" not in issue.remedy


def test_an_animal_is_a_note_not_a_fault():
    (issue,) = lint("Copepoda", "Copepoda", 1080)
    assert (issue.code, issue.severity) == ("aphiaid-not-in-list", "note")


def _of_status(status):
    for row in _packaged():
        if row["status"] == status and row["aphia_id"]:
            yield row


def _packaged():
    from importlib.resources import files

    return pq.read_table(str(files("pelagia.exports") / "reference" / "taxa.parquet")).to_pylist()


def test_an_unaccepted_name_is_told_with_the_accepted_identifier():
    row = next(_of_status("junior subjective synonym"))
    (issue,) = lint(row["name"], row["name"], row["aphia_id"])
    assert issue.code == "aphiaid-not-accepted"
    assert str(row["valid_aphia_id"]) in issue.remedy


@pytest.mark.parametrize("status", ["uncertain", "unassessed", "temporary name"])
def test_an_open_standing_is_a_note(status):
    row = next(_of_status(status))
    (issue,) = lint(row["name"], row["name"], row["aphia_id"])
    assert (issue.code, issue.severity) == ("aphiaid-uncertain", "note")


def test_a_synonym_agrees_with_its_accepted_taxon():
    synonym = next(
        row for row in _packaged() if row["status"] == "synonym" and taxon_by_aphia_id(row["valid_aphia_id"] or 0)
    )
    accepted = taxon_by_aphia_id(synonym["valid_aphia_id"])
    assert names_agree(synonym["name"], accepted)
    assert not names_agree("Copepoda", accepted)


def test_every_kingdom_of_the_list_is_one_of_worms():
    kingdoms = {row["kingdom"] for row in _packaged() if row["kingdom"]}
    assert kingdoms == {"Bacteria", "Chromista", "Fungi", "Plantae", "Protozoa"}


@pytest.mark.data
def test_every_row_of_the_source_is_in_the_packaged_list(shared_data):
    with (shared_data / "taxonomy" / "taxa.txt").open(encoding="utf-8") as file:
        source = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in source:
        taxon = taxon_by_aphia_id(int(row["taxon_id"]))
        assert (taxon.name, taxon.status, taxon.rank) == (row["scientific_name"], row["status"], row["rank"])


@pytest.mark.data
def test_the_published_classes_of_a_known_model_have_the_one_known_mistake(shared_data):
    with (shared_data / "plankton" / "vliz_classes.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["aphia_id_as_published"].isdigit()]
    wrong = {
        row["class"]
        for row in rows
        if "aphiaid-name-mismatch" in codes(row["class"], None, int(row["aphia_id_as_published"]))
    }
    assert wrong == {"Bellerochea"}
