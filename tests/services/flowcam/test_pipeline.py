"""A run from list to counts: everything is counted once, whatever is wrong with its files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from tests.data.flowcam import make
from tests.data.flowcam.make import MadeRun
from tests.learning.tiny_model import tiny_card, tiny_package
from tests.services.flowcam.conftest import Outcome

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.core.service import Request
from pelagia.io.flowcam import mask_name
from pelagia.io.images import decode_image, encode_png
from pelagia.learning.card import CardClass
from pelagia.services.flowcam.inspection import inspect
from pelagia.services.flowcam.service import FlowCamParams

Analyse = Callable[..., Outcome]


def test_every_listed_particle_is_classified_and_counted_once(made: MadeRun, analyse: Analyse) -> None:
    outcome = analyse(made.folder)
    objects = outcome.rows("objects")
    assert len(objects) == len({row["object_id"] for row in objects}) == outcome.counted == made.particles
    assert {row["status"] for row in objects} == {"predicted"}
    assert outcome.result.summary["particles_listed"].value == made.particles


def test_estimate_equals_bill_and_steps(made: MadeRun, analyse: Analyse) -> None:
    outcome = analyse(made.folder)
    assert outcome.estimate.units == outcome.billed == made.particles
    assert outcome.estimate.steps == outcome.steps


def test_the_sample_says_volume_and_clock(made: MadeRun, analyse: Analyse) -> None:
    (sample,) = analyse(made.folder).rows("samples")
    assert sample["volume_imaged_ml"] == pytest.approx(made.volume_ml, rel=1e-6)
    assert sample["started_at_utc"].tzinfo is not None
    assert sample["started_at_utc"] < datetime.now(UTC)
    assert sample["merged_fragments"] == made.merged
    assert sample["stuck_duplicates"] == len(made.stuck)


def test_per_ml_follows_from_count_and_volume(made: MadeRun, analyse: Analyse) -> None:
    for row in analyse(made.folder, dilution=3.0).rows("counts"):
        assert row["per_ml"] == pytest.approx(row["counted"] * 3 / made.volume_ml, rel=1e-6)


def test_the_class_is_that_of_the_vignette_at_the_box(made: MadeRun, analyse: Analyse) -> None:
    outcome = analyse(made.folder)
    collages: dict[str, np.ndarray] = {}
    for row in outcome.rows("objects"):
        name = row["source_file"]
        if name not in collages:
            collages[name] = decode_image((made.folder / name).read_bytes(), file=name).array
        col, top = row["box_col_px"], row["box_row_px"]
        vignette = collages[name][top : top + row["box_height_px"], col : col + row["box_width_px"]]
        assert vignette.size
        strongest = ["Red", "Green", "Blue"][int(vignette.reshape(-1, 3).mean(axis=0).argmax())]
        assert row["predicted_taxon"] in {strongest, "Grey"}


def test_provenance_has_the_checksum_of_every_file(made: MadeRun, analyse: Analyse) -> None:
    (record,) = analyse(made.folder).result.provenance.inputs
    files = sorted(path for path in made.folder.rglob("*") if path.is_file())
    lines = sorted(f"{path.relative_to(made.folder).as_posix()}" for path in files)
    text = "".join(f"{sha256((made.folder / name).read_bytes()).hexdigest()}  {name}\n" for name in lines)
    assert record.files == len(files)
    assert record.sha256 == sha256(text.encode()).hexdigest()
    assert record.bytes == sum(path.stat().st_size for path in files)


def test_equal_requests_give_equal_tables(made: MadeRun, analyse: Analyse) -> None:
    one, other = analyse(made.folder), analyse(made.folder)
    for name in ("objects", "counts", "samples"):
        assert one.rows(name) == other.rows(name)


# --- bad input: a finding with file, value and remedy; the rest goes on -----------------------------------------------


def check_told(outcome: Outcome, code: str, *, file: str, value: str = "") -> None:
    issue = outcome.issue(code)
    assert file in issue.file
    assert value in issue.value
    assert issue.message
    assert issue.remedy


def test_a_missing_collage_leaves_its_particles_unclassified_and_counted(made: MadeRun, analyse: Analyse) -> None:
    name = make.remove_collage(made)
    outcome = analyse(made.folder)
    check_told(outcome, "collage-missing", file=name)
    lost = [row for row in outcome.rows("objects") if row["status"] == "unclassified"]
    assert {row["problem"] for row in lost} == {"collage-missing"}
    assert len(lost) == outcome.issue("collage-missing").objects == made.particles - outcome.billed
    assert outcome.estimate.units == outcome.billed
    assert [one.objects for one in outcome.estimate.issues if one.code == "collage-missing"] == [len(lost)]
    assert outcome.counted == made.particles


def test_a_list_that_breaks_off_is_told_before_the_run_starts(made: MadeRun, analyse: Analyse) -> None:
    (listed,) = made.folder.glob("*.lst")
    listed.write_bytes(listed.read_bytes()[:-40])
    outcome = analyse(made.folder)
    (told,) = (one for one in outcome.estimate.issues if one.code == "list-truncated")
    assert (told.file, told.severity) == (listed.name, "error")
    assert outcome.issue("list-truncated").file == listed.name
    assert outcome.estimate.units == outcome.billed == made.particles - 1


def test_a_run_without_any_collage_still_has_sizes_and_counts(made: MadeRun, analyse: Analyse) -> None:
    for number in range(1, len(made.collages) + 1):
        make.remove_collage(made, number)
    outcome = analyse(made.folder)
    assert outcome.billed == outcome.estimate.units == 0
    assert outcome.counted == outcome.estimate.objects == made.particles
    assert "collage-missing" in {one.code for one in outcome.estimate.issues}
    assert {row["taxon"] for row in outcome.rows("counts")} == {"unclassified"}
    assert all(row["esd_um"] > 0 for row in outcome.rows("objects"))


def test_a_mask_of_another_run_is_told(made: MadeRun, analyse: Analyse) -> None:
    assert "mask-mismatch" not in analyse(made.folder).codes
    name = mask_name(made.collages[0])
    mask = decode_image((made.folder / name).read_bytes(), file=name).array
    (made.folder / name).write_bytes(encode_png(mask[::-1]))
    outcome = analyse(made.folder)
    check_told(outcome, "mask-mismatch", file=name)
    assert outcome.billed == made.particles


def test_a_box_outside_its_collage_costs_one_particle(made: MadeRun, analyse: Analyse) -> None:
    make.box_outside(made)
    outcome = analyse(made.folder)
    check_told(outcome, "box-outside-collage", file=".tif", value="px")
    assert [row["problem"] for row in outcome.rows("objects")].count("box-outside-collage") == 1
    assert outcome.counted == made.particles


def test_an_empty_collage_file_is_told(made: MadeRun, analyse: Analyse) -> None:
    make.empty_file(made.folder / made.collages[0])
    outcome = analyse(made.folder)
    check_told(outcome, "image-empty", file=made.collages[0])
    assert outcome.counted == made.particles
    assert 0 < outcome.billed < made.particles


def test_a_truncated_list_loses_its_last_row_with_a_finding(made: MadeRun, analyse: Analyse) -> None:
    make.truncate_list(made)
    outcome = analyse(made.folder)
    check_told(outcome, "list-truncated", file=".lst")
    assert outcome.counted == made.particles - 1


def test_a_broken_row_is_told_and_the_others_are_counted(made: MadeRun, analyse: Analyse) -> None:
    make.break_row(made)
    outcome = analyse(made.folder)
    assert any(code.startswith("list-row") for code in outcome.codes)
    assert outcome.counted == made.particles - 1


def test_an_unknown_column_passes_through_with_a_note(made: MadeRun, analyse: Analyse) -> None:
    make.add_column(made)
    outcome = analyse(made.folder)
    assert outcome.rows("objects")[0]["lst_novel_index"] == 0.5
    (issue,) = [issue for issue in outcome.result.issues if "novel_index" in issue.message + issue.value]
    assert issue.severity == "note"


def test_zero_volume_gives_counts_and_no_counts_per_ml(made: MadeRun, analyse: Analyse) -> None:
    make.zero_volume(made)
    outcome = analyse(made.folder)
    assert any(code.startswith("volume") for code in outcome.codes)
    assert all(row["per_ml"] is None for row in outcome.rows("counts"))
    assert outcome.counted == made.particles


def test_an_empty_list_is_nothing_usable_and_says_why(made: MadeRun, analyse: Analyse) -> None:
    make.empty_file(made.list_file)
    with pytest.raises(NothingUsable, match="list"):
        analyse(made.folder)


def test_one_bad_run_does_not_stop_the_other(made: MadeRun, analyse: Analyse, tmp_path: Path) -> None:
    bad = shutil.copytree(made.folder, tmp_path / "bad")
    (bad / made.list_file.name).write_bytes(b"")
    outcome = analyse(bad, made.folder, tmp_path / "absent")
    assert outcome.counted == made.particles
    assert {"list-empty", "not-found"} <= outcome.codes


def test_two_runs_of_one_name_stay_apart(made: MadeRun, analyse: Analyse, tmp_path: Path) -> None:
    again = shutil.copytree(made.folder, tmp_path / "again")
    outcome = analyse(made.folder, again)
    samples = [row["sample_id"] for row in outcome.rows("samples")]
    assert len(set(samples)) == 2
    assert len({row["object_id"] for row in outcome.rows("objects")}) == 2 * made.particles


def test_a_model_of_another_instrument_is_told(made: MadeRun, analyse: Analyse, tmp_path: Path) -> None:
    model = tiny_package(tmp_path / "isiis", tiny_card(instrument="ISIIS"))
    check_told(analyse(made.folder, model=model), "model-instrument-mismatch", file="tiny", value="ISIIS")


def test_a_class_of_organisms_without_aphiaid_is_told(made: MadeRun, analyse: Analyse, tmp_path: Path) -> None:
    classes = ("Red", "Green", CardClass(name="Blue", aphia_id=123, scientific_name="Blue"), "Grey")
    outcome = analyse(made.folder, model=tiny_package(tmp_path / "named", tiny_card(classes)))
    assert "Red" in outcome.issue("class-without-aphiaid").value
    named = {row["taxon"]: row["aphia_id"] for row in outcome.rows("objects")}
    assert named == {taxon: 123 if taxon == "Blue" else None for taxon in named}


def test_an_address_with_a_password_is_refused_without_repeating_it(analyse: Analyse) -> None:
    with pytest.raises(NothingUsable) as caught:
        analyse("mongodb://user:hunter2@host/db/collection")
    assert "hunter2" not in str(caught.value)
    assert "secret-in-address" in caught.value.value


# --- a person's decisions --------------------------------------------------------------------------------------------


def decisions(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_decision_goes_before_the_model_and_is_counted_apart(made: MadeRun, analyse: Analyse, tmp_path: Path) -> None:
    names = [row["object_id"] for row in analyse(made.folder).rows("objects")[:3]]
    lines = "".join(f"{name},Ceratium,M. Rossi,2026-05-04\n" for name in names)
    file = decisions(tmp_path / "decisions.csv", "object_id,taxon,validated_by,validated_at\n" + lines)
    outcome = analyse(made.folder, corrections=file)
    decided = [row for row in outcome.rows("objects") if row["status"] == "validated"]
    assert [row["object_id"] for row in decided] == names
    assert {(row["taxon"], row["validated_by"], row["validated_at"]) for row in decided} == {
        ("Ceratium", "M. Rossi", "2026-05-04")
    }
    (counted,) = [r for r in outcome.rows("counts") if r["taxon"] == "Ceratium" and r["size_class"] == "all"]
    assert (counted["status"], counted["counted"], counted["adjusted"]) == ("validated", 3, None)
    assert outcome.counted == made.particles


def test_a_decision_on_an_object_that_is_not_there_is_told(made: MadeRun, analyse: Analyse, tmp_path: Path) -> None:
    file = decisions(tmp_path / "decisions.csv", "object_id;taxon\nnobody;Ceratium\n;Ceratium\n")
    outcome = analyse(made.folder, corrections=file)
    check_told(outcome, "correction-without-object", file="decisions.csv", value="nobody")
    check_told(outcome, "correction-incomplete", file="decisions.csv")


def test_decisions_without_a_taxon_column_are_refused(made: MadeRun, analyse: Analyse, tmp_path: Path) -> None:
    file = decisions(tmp_path / "decisions.csv", "object_id,label\na,b\n")
    with pytest.raises(BadInput, match="no column taxon"):
        analyse(made.folder, corrections=file)


def test_decisions_that_cannot_be_used_are_told_before_the_run_starts(made: MadeRun, tmp_path: Path) -> None:
    file = decisions(tmp_path / "decisions.csv", "object_id,label\na,b\n")
    inputs = {"runs": (str(made.folder),), "corrections": (str(file),)}
    request = Request(service="flowcam", service_version="1.0.0", inputs=inputs, params=FlowCamParams(), models={})
    with pytest.raises(BadInput, match="no column taxon"):
        inspect(request)
