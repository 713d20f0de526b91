"""Which particles are shown: a fair draw, the same each time, and the least certain of all."""

from __future__ import annotations

from tests.exports.flowcam_result import OBJECT_COLUMNS, Recipe, _table, make_result

from pelagia.exports.report import selection
from pelagia.exports.report.selection import LEAST_CERTAIN, SHOWN_PER_TAXON, select_objects


def objects_of(folder, rows):
    filled = [
        {"source_uri": "in", "source_file": "a.png", "status": "predicted", "confidence": 0.9, **row} for row in rows
    ]
    return _table(folder, "objects", OBJECT_COLUMNS, filled)


def test_every_taxon_is_drawn_from_all_over_the_table(tmp_path):
    rows = [{"object_id": str(number), "taxon": "a" if number % 3 else "b"} for number in range(3000)]
    chosen = select_objects(objects_of(tmp_path, rows))
    for taxon, picked in chosen.by_taxon.items():
        places = sorted(int(row["object_id"]) for row in picked)
        assert len(places) == len(set(places)) == SHOWN_PER_TAXON, taxon
        # A fair draw of 40 misses the first or last third of the table once in ten million draws.
        assert places[0] < 1000
        assert places[-1] > 2000
    assert chosen.totals == {"a": 2000, "b": 1000}


def test_the_draw_does_not_depend_on_how_the_table_is_read(tmp_path, monkeypatch):
    rows = [{"object_id": str(number), "taxon": "a", "confidence": (number * 7 % 101) / 101} for number in range(500)]
    objects = objects_of(tmp_path, rows)
    at_once = select_objects(objects)
    monkeypatch.setattr(selection, "_ROWS", 37)
    assert select_objects(objects) == at_once


def test_the_least_certain_are_the_smallest_confidences_that_no_person_decided(tmp_path):
    rows = [{"object_id": str(number), "taxon": "a", "confidence": number / 200} for number in range(200)]
    rows[0]["status"] = "validated"
    rows[1]["taxon"] = None
    rows[2]["duplicate_of"] = "9"
    rows[3]["source_file"] = None
    rows[4]["confidence"] = None
    chosen = select_objects(objects_of(tmp_path, rows)).least_certain
    assert [row["object_id"] for row in chosen] == [str(number) for number in range(5, 5 + LEAST_CERTAIN)]


def test_with_many_taxa_fewer_vignettes_are_shown_of_each(tmp_path):
    rows = [{"object_id": str(number), "taxon": f"t{number % 121:03d}"} for number in range(121 * 30)]
    chosen = select_objects(objects_of(tmp_path, rows)).by_taxon
    assert len(chosen) == 121
    assert sum(map(len, chosen.values())) <= 1000


def test_validated_objects_are_counted_by_taxon(tmp_path):
    chosen = select_objects(make_result(tmp_path, Recipe(particles=70)).tables["objects"])
    assert sum(chosen.validated.values()) == 10


def test_an_empty_table_and_one_without_places_show_nothing(tmp_path):
    assert select_objects(objects_of(tmp_path, [])).by_taxon == {}
    bare = _table(tmp_path, "bare", OBJECT_COLUMNS[:2], [{"object_id": "1", "sample_id": "s"}])
    assert select_objects(bare) is None
