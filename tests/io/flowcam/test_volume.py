from __future__ import annotations

import pytest

from pelagia.io.flowcam import imaged_volume_ml
from pelagia.io.flowcam.context import Context, parse_context
from pelagia.io.flowcam.summaries import Summary, half_digit, parse_run_summary, parse_summary
from pelagia.io.flowcam.volume import ImagedVolume, run_volume

SETTINGS = {
    "CaptureStats.RawImageTotal": "1000",
    "CaptureRegion.AcceptableLeft": "1",
    "CaptureRegion.AcceptableRight": "1000",
    "CaptureRegion.AcceptableTop": "0",
    "CaptureRegion.AcceptableBottom": "999",
    "Fluid.CalibrationConstant": "2.0",
    "Fluid.FlowCellDepth": "100",
    "CaptureStats.VolumeCF": "0.5",
    "Camera.AutoTriggerFlag": "1",
    "Fluid.UseManualVolume": "0",
    "Fluid.ManualVolumeML": "3.5",
    "Fluid.UseDilutionCalculation": "1",
    "Fluid.SampleDilution": "4",
    "CaptureStats.SampleVolumeAspirated": "1.0",
    "CaptureStats.CalibrationFluidVolume": "0.2",
}
EXPECTED_ML = 1000 * (1000 * 2e-4) * (1000 * 2e-4) * 100e-4 * 0.5  # frames · cm · cm · cm


def volume(*summaries: str, **changed: str | None) -> tuple[ImagedVolume, list[str]]:
    values = {key: value for key, value in (SETTINGS | changed).items() if value is not None}
    context = Context(file="run.ctx", values={key.lower(): value for key, value in values.items()})
    read = [parse_summary(text.encode(), "run_summary.csv") for text in summaries]
    found, issues = run_volume(context, read, "run.lst")
    return found, [issue.code for issue in issues]


def without_context(*summaries: Summary) -> tuple[ImagedVolume, list[str]]:
    found, issues = run_volume(None, summaries, "run.lst")
    return found, [issue.code for issue in issues]


def test_the_volume_is_frames_times_region_times_depth() -> None:
    found, codes = volume()
    assert found.imaged_ml == pytest.approx(EXPECTED_ML, rel=1e-12)
    assert codes == []
    assert found.source.startswith("computed: frames")
    assert "1000 · 1000 · 1000 px" in found.source


def test_the_region_includes_both_its_edges() -> None:
    assert imaged_volume_ml(1, (5, 5, 7, 7), 1e4, 1e4, 1.0) == pytest.approx(1.0)


def test_processed_volume_and_efficiency_come_from_the_pump() -> None:
    found, _ = volume()
    assert found.processed_ml == pytest.approx(0.8)
    assert found.efficiency == pytest.approx(EXPECTED_ML / 0.8)


def test_the_dilution_counts_where_it_is_switched_on() -> None:
    assert volume()[0].dilution == 4
    found, codes = volume(**{"Fluid.UseDilutionCalculation": "0"})
    assert found.dilution == 1
    assert codes == ["dilution-doubtful"]


def test_a_dilution_of_zero_is_left_out() -> None:
    found, codes = volume(**{"Fluid.SampleDilution": "0"})
    assert found.dilution is None
    assert codes == ["dilution-doubtful"]


def test_a_typed_volume_goes_before_the_formula() -> None:
    found, codes = volume(**{"Fluid.UseManualVolume": "1"})
    assert found.imaged_ml == 3.5
    assert codes == ["volume-manual"]


def test_a_triggered_run_has_no_volume_even_if_a_file_prints_one() -> None:
    found, codes = volume("Sample Volume Imaged ml,20\n", **{"Camera.AutoTriggerFlag": "0"})
    assert found.imaged_ml is None
    assert found.stated_ml == 20
    assert codes == ["volume-unknown-trigger"]


@pytest.mark.parametrize("key", ["CaptureStats.RawImageTotal", "Fluid.FlowCellDepth"])
def test_a_volume_of_zero_is_none(key: str) -> None:
    found, codes = volume(**{key: "0"})
    assert found.imaged_ml is None
    assert codes == ["volume-zero"]


def test_a_typed_volume_of_zero_is_none() -> None:
    found, codes = volume(**{"Fluid.UseManualVolume": "1", "Fluid.ManualVolumeML": "0.0000"})
    assert found.imaged_ml is None
    assert codes == ["volume-manual", "volume-zero"]


def test_a_missing_key_is_named_and_never_guessed() -> None:
    found, codes = volume(**{"CaptureStats.VolumeCF": None})
    assert found.imaged_ml is None
    assert codes == ["context-key-missing"]
    found, codes = volume("Sample Volume Imaged ml,20.1\n", **{"CaptureStats.VolumeCF": "much"})
    assert found.imaged_ml == 20.1
    assert "as printed in run_summary.csv" in found.source


def test_without_a_context_the_printed_volume_is_used() -> None:
    summary = parse_run_summary(b"Run:\n\tFluid Volume Imaged: 0.0290 ml\n", "run_run_summary.txt")
    found, codes = without_context(summary)
    assert found.imaged_ml == 0.029
    assert found.dilution is None
    assert codes == ["context-missing"]


def test_without_context_and_summary_the_volume_is_not_known() -> None:
    found, codes = without_context()
    assert found.imaged_ml is None
    assert codes == ["context-missing"]


@pytest.mark.parametrize("printed", ["0.2000", "0.20", "0.2", "2e-1"])
def test_a_printed_volume_is_compared_to_its_printed_digits(printed: str) -> None:
    assert volume(f"Sample Volume Imaged ml,{printed}\n")[1] == []


@pytest.mark.parametrize("printed", ["0.2001", "0.21", "0.3", "20"])
def test_another_printed_volume_is_a_mismatch(printed: str) -> None:
    found, codes = volume(f"Sample Volume Imaged ml,{printed}\n")
    assert codes == ["volume-mismatch"]
    assert found.imaged_ml == pytest.approx(EXPECTED_ML)


def test_the_printed_concentration_is_compared_too() -> None:
    undiluted = {"Fluid.SampleDilution": "1"}
    assert volume("Count,1000\nParticles / ml,5000\n", **undiluted)[1] == []
    assert volume("Count,1000\nParticles / ml,5003\n", **undiluted)[1] == ["volume-mismatch"]


def test_a_constant_of_one_is_told() -> None:
    assert "calibration-default" in volume(**{"Fluid.CalibrationConstant": "1.0000"})[1]


def test_a_correction_marked_as_not_included_is_told() -> None:
    assert volume(**{"CaptureStats.IncludesVolumeCF": "0"})[1] == ["volume-correction-doubtful"]


@pytest.mark.parametrize(("printed", "half"), [("0.1355", 5e-5), ("34448", 0.5), ("2.0e-3", 5e-5), ("1,234.5", 0.05)])
def test_half_a_digit_follows_the_print(printed: str, half: float) -> None:
    assert half_digit(printed) == pytest.approx(half)


def test_a_context_is_read_without_regard_to_case_and_line_ends() -> None:
    context, issues = parse_context(b"[Fluid]\r\nFlowCellDepth=100\r\nName=K\xe4rna\r\nPath=a=b\r\n", "run.ctx")
    assert issues == ()
    assert context.number("fluid.FLOWCELLDEPTH") == 100
    assert context.text("Fluid.Name") == "Kärna"
    assert context.text("Fluid.Path") == "a=b"
    assert context.number("Fluid.Name") is None
    assert context.text("Fluid.Missing") is None


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"[Fluid]\n"])
def test_an_empty_context_says_so(data: bytes) -> None:
    _, issues = parse_context(data, "run.ctx")
    assert [issue.code for issue in issues] == ["context-unreadable"]
