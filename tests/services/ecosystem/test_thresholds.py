"""What is interesting, learnt from labels: wrong rows are named, too few are refused, few clips are enough to learn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pelagia.core.errors import BadInput
from pelagia.core.table import TableWriter
from pelagia.io.video.recordings import RECORDING_COLUMNS, Recording
from pelagia.services.ecosystem.interest_weights import FEATURES
from pelagia.services.ecosystem.labels import read_labels
from pelagia.services.ecosystem.logistic import fit, probability
from pelagia.services.ecosystem.sample.filming import Film, draw_clip
from pelagia.services.ecosystem.sample.reef import Reef
from pelagia.services.ecosystem.sample.visits import Visit
from pelagia.services.ecosystem.screening import screen_clip
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.thresholds import NAME, learn_thresholds

HEAD = "file,start_s,end_s,keep\n"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of three clips in each of which a fish is seen from 8 to 14 s, with the table of recordings."""
    folder = tmp_path_factory.mktemp("clips")
    rows = []
    for number in range(3):
        visit = Visit("Diplodus vulgaris", 8.0, 14.0, row=0.4, length=0.2)
        scene = Reef(
            height_px=180, width_px=320, frames_per_s=5, duration_s=30, seed=number, visits=(visit,), flicker=0.02
        )
        path = folder / f"clip{number}.mp4"
        draw_clip(path, scene, Film(key_every_s=1))
        rows.append(
            Recording(
                clip_id=f"clip{number}",
                kind="video",
                file=f"station/clip{number}.mp4",
                uri=str(folder),
                name=f"clip{number}.mp4",
                path=str(path),
                size_bytes=path.stat().st_size,
            ).to_record()
        )
    with TableWriter("recordings", folder / "recordings.parquet", RECORDING_COLUMNS) as table:
        table.write_records(rows)
    return folder


def learn(clips: Path, workdir: Path, text: str) -> dict[str, object]:
    path = workdir / "labels.csv"
    path.write_text(HEAD + text, encoding="utf-8")
    return learn_thresholds(str(path), str(clips / "recordings.parquet"), EcosystemParams(), workdir)


def marked(clips: int = 3) -> str:
    rows = [(f"station/clip{number}.mp4,9,13,yes", f"clip{number}.mp4,18,28,no") for number in range(clips)]
    return "\n".join(row for pair in rows for row in pair)


class TestLabels:
    @pytest.mark.parametrize("yes", ["yes", "1", "true", "TRUE", "Yes"])
    @pytest.mark.parametrize("no", ["no", "0", "false"])
    def test_yes_and_no_in_any_usual_way(self, tmp_path: Path, yes: str, no: str) -> None:
        (tmp_path / "labels.csv").write_text(f"{HEAD}a.mp4,0,5,{yes}\nb.mp4,,,{no}\n")
        labels, issues, _ = read_labels(str(tmp_path / "labels.csv"))
        assert [(one.file, one.start_s, one.end_s, one.keep) for one in labels] == [
            ("a.mp4", 0, 5, True),
            ("b.mp4", 0, np.inf, False),
        ]
        assert issues == []

    @pytest.mark.parametrize(
        ("row", "value"),
        [("a.mp4,0,5,perhaps", "perhaps"), ("a.mp4,x,5,yes", "x"), ("a.mp4,9,5,yes", "9"), (",0,5,yes", "file")],
    )
    def test_a_wrong_row_is_named_with_its_value(self, tmp_path: Path, row: str, value: str) -> None:
        (tmp_path / "labels.csv").write_text(f"{HEAD}a.mp4,0,5,yes\n{row}\n")
        labels, issues, _ = read_labels(str(tmp_path / "labels.csv"))
        assert len(labels) == 1 and [issue.value for issue in issues] == ["row 3"]
        assert value in issues[0].message

    def test_semicolons_and_decimal_commas_are_read(self, tmp_path: Path) -> None:
        (tmp_path / "labels.csv").write_text("File;Start_s;End_s;Keep\na.mp4;0,5;2,5;no\n")
        labels, _, _ = read_labels(str(tmp_path / "labels.csv"))
        assert (labels[0].start_s, labels[0].end_s) == (0.5, 2.5)

    def test_a_table_without_its_columns_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "labels.csv").write_text("name,good\na.mp4,yes\n")
        with pytest.raises(BadInput, match="no column file and keep"):
            read_labels(str(tmp_path / "labels.csv"))


class TestLearning:
    def test_three_labelled_clips_tell_a_fish_from_nothing(self, clips: Path, tmp_path: Path) -> None:
        learnt = learn(clips, tmp_path, marked())
        assert learnt["issues"] == [] and set(learnt["weights"]) == {"intercept", *FEATURES}
        assert learnt["figures"]["stretches_kept"]["value"] == learnt["figures"]["frames_rejected"]["value"] == 1
        assert json.loads((tmp_path / NAME).read_text())["weights"] == learnt["weights"]

    def test_a_few_left_out_clips_tell_how_unsure_that_is(self, clips: Path, tmp_path: Path) -> None:
        kept = learn(clips, tmp_path, marked())["figures"]["stretches_kept"]
        assert kept["count"] == 3 and kept["low"] < 0.6 < kept["high"] == pytest.approx(1)

    def test_what_is_learnt_is_used(self, clips: Path, tmp_path: Path) -> None:
        from pelagia.io.video.reading import open_video

        # Whoever wants to see nothing of what moves gets it: what was interesting is not any more.
        turned = marked().replace(",yes", ",x").replace(",no", ",yes").replace(",x", ",no")
        weights = learn(clips, tmp_path, turned)["weights"]
        with open_video(clips / "clip0.mp4") as reader:
            usual, learnt = screen_clip(reader), screen_clip(reader, weights=weights)
        there = (usual.time_s >= 9) & (usual.time_s < 13)
        assert learnt.interest[there].mean() < usual.interest[there].mean()

    @pytest.mark.parametrize(
        ("text", "lacks"),
        [
            ("", "0 interesting"),
            ("clip0.mp4,9,13,yes\nclip1.mp4,9,13,yes", "0 uninteresting"),
            ("clip0.mp4,18,28,no\nclip1.mp4,18,28,no", "0 interesting"),
            ("clip0.mp4,9,10,yes\nclip0.mp4,11,13,yes\nclip0.mp4,18,20,no\nclip0.mp4,22,28,no", "one clip"),
        ],
    )
    def test_too_few_labels_keep_the_usual_thresholds(self, clips: Path, tmp_path: Path, text: str, lacks: str) -> None:
        learnt = learn(clips, tmp_path, text)
        assert learnt["weights"] == {}
        assert [(issue["code"], lacks in issue["value"]) for issue in learnt["issues"]] == [("labels-too-few", True)]

    def test_a_file_that_is_not_there_is_named(self, clips: Path, tmp_path: Path) -> None:
        learnt = learn(clips, tmp_path, marked() + "\nother/clip0.mp4,0,5,no")
        assert [(issue["code"], issue["value"]) for issue in learnt["issues"]] == [
            ("labels-unknown-file", "other/clip0.mp4")
        ]


class TestCurve:
    def test_finds_the_curve_that_made_the_examples(self) -> None:
        rng = np.random.default_rng(1)
        truth = np.array([-1.0, 2.0, -0.5])
        features = rng.normal(size=(20_000, 2))
        labels = (rng.random(20_000) < probability(truth[0] + features @ truth[1:])).astype(float)
        found = fit(features, labels, np.ones(20_000), prior=np.zeros(3), ridge=1.0)
        assert found == pytest.approx(truth, abs=0.08)  # three standard errors

    def test_without_examples_it_is_what_it_was_taken_to_be(self) -> None:
        prior = np.array([-3.0, 2.0])
        assert fit(np.zeros((0, 1)), np.zeros(0), np.zeros(0), prior=prior, ridge=1.0) == pytest.approx(prior)

    def test_examples_that_are_told_apart_leave_it_finite(self) -> None:
        features, labels = np.linspace(-9, 9, 40)[:, None], np.repeat([0.0, 1.0], 20)
        found = fit(features, labels, np.ones(40), prior=np.zeros(2), ridge=1.0)
        assert np.isfinite(found).all() and ((probability(found[0] + features @ found[1:]) > 0.5) == labels).all()
