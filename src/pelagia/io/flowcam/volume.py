"""The volume a run imaged: computed by the exact rule, compared with what the run's files say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pelagia.core.result import Issue
from pelagia.io.flowcam.context import Context
from pelagia.io.flowcam.summaries import StatedFigure, Summary

FORMULA = "frames · (right - left + 1) · (bottom - top + 1) · pixel² · depth · correction"
_KEYS = (
    "CaptureStats.RawImageTotal",
    "CaptureRegion.AcceptableLeft",
    "CaptureRegion.AcceptableRight",
    "CaptureRegion.AcceptableTop",
    "CaptureRegion.AcceptableBottom",
    "Fluid.CalibrationConstant",
    "Fluid.FlowCellDepth",
    "CaptureStats.VolumeCF",
)
_IMAGED_LABELS = ("fluid volume imaged", "sample volume imaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagedVolume:
    """The volume of fluid whose particles were imaged.

    Parameters
    ----------
    imaged_ml
        mL, of the whole run; None where it cannot be known. Never a guess.
    source
        How it was obtained, with the formula.
    stated_ml, stated_in
        The figure the run's own files print, and which file.
    processed_ml
        Sample drawn through the flow cell.
    efficiency
        Imaged over processed volume, 0 to 1.
    dilution
        By how much the sample was diluted: concentrations are multiplied by it. None where it is not known.
    """

    imaged_ml: float | None = None
    source: str = "not known"
    stated_ml: float | None = None
    stated_in: str = ""
    processed_ml: float | None = None
    efficiency: float | None = None
    dilution: float | None = None


def imaged_volume_ml(
    frames: float,
    region_px: tuple[float, float, float, float],
    pixel_size_um: float,
    depth_um: float,
    correction: float,
) -> float:
    """Return the volume imaged by a run in AutoImage mode.

    Parameters
    ----------
    frames
        Camera frames taken.
    region_px
        Left, right, top, bottom of the acceptable region, inclusive, px.
    pixel_size_um
        µm per pixel.
    depth_um
        Depth of the flow cell, µm.
    correction
        The volume correction factor (``VolumeCF``).

    Returns
    -------
    float
        mL.

    Notes
    -----
    ``frames · (right - left + 1) · (bottom - top + 1) · pixel² · depth · correction · 10⁻¹²``.
    Equal to the figures VisualSpreadsheet prints, to 1e-4 (it rounds pixel size and correction to
    four decimals in the ``.ctx``). Not valid for runs triggered by fluorescence, whose frames
    do not follow each other.
    """
    left, right, top, bottom = region_px
    area_um2 = (right - left + 1) * (bottom - top + 1) * pixel_size_um**2
    return frames * area_um2 * depth_um * correction * 1e-12


def run_volume(
    context: Context | None, summaries: Sequence[Summary], file: str
) -> tuple[ImagedVolume, tuple[Issue, ...]]:
    """Find the imaged volume of a run and compare it with the figures its files print.

    Parameters
    ----------
    context
        The ``.ctx``, None where it is missing.
    summaries
        ``_summary.csv`` and ``_run_summary.txt``, those that are there.
    file
        The run's main file, for findings.

    Returns
    -------
    volume : ImagedVolume
        In this order: the volume the operator typed in (``UseManualVolume``); the formula, in AutoImage
        mode; the figure a summary prints, where the context is missing or lacks a key. Otherwise None.
    issues : tuple of Issue
    """
    stated = _stated(summaries)
    imaged, source, issues = _imaged(context, stated, file)
    if context is not None:
        issues += _calibration_issues(context)
    if imaged is not None and imaged <= 0:
        issues.append(_zero_issue(imaged, context.file if context else file))
        imaged, source = None, "not known: it comes to zero"
    if imaged is not None:
        issues += _mismatch_issues(imaged, stated, summaries, context)
    processed = _processed_ml(context, summaries)
    dilution, dilution_issues = _dilution(context)
    volume = ImagedVolume(
        imaged_ml=imaged,
        source=source,
        stated_ml=stated[0].value if stated else None,
        stated_in=stated[0].file if stated else "",
        processed_ml=processed,
        efficiency=imaged / processed if imaged and processed else None,
        dilution=dilution,
    )
    return volume, (*issues, *dilution_issues)


def _stated(summaries: Sequence[Summary]) -> list[StatedFigure]:
    figures = [figure for summary in summaries if (figure := summary.figure(*_IMAGED_LABELS))]
    return sorted((figure for figure in figures if figure.value > 0), key=lambda figure: figure.half_digit)


def _imaged(
    context: Context | None, stated: Sequence[StatedFigure], file: str
) -> tuple[float | None, str, list[Issue]]:
    if context is None or not context.values:
        return (*_as_stated(stated), [_no_context_issue(file, known=bool(stated))])
    if context.flag("Fluid.UseManualVolume"):
        return _manual(context)
    if context.flag("Camera.AutoTriggerFlag") is False:
        return None, "not known: the run was triggered by fluorescence or scatter", [_trigger_issue(context.file)]
    missing = context.missing(*_KEYS)
    if missing:
        return (*_as_stated(stated), [_missing_keys_issue(context.file, missing, known=bool(stated))])
    frames, left, right, top, bottom, pixel, depth, correction = (context.number(key) or 0.0 for key in _KEYS)
    imaged = imaged_volume_ml(frames, (left, right, top, bottom), pixel, depth, correction)
    terms = (
        f"{frames:g} · {right - left + 1:g} · {bottom - top + 1:g} px · ({pixel:g} µm)² · {depth:g} µm · {correction:g}"
    )
    return imaged, f"computed: {FORMULA} = {terms}", _correction_issues(context)


def _as_stated(stated: Sequence[StatedFigure]) -> tuple[float | None, str]:
    if not stated:
        return None, "not known: no context file"
    return stated[0].value, f"as printed in {stated[0].file} ({stated[0].label})"


def _manual(context: Context) -> tuple[float | None, str, list[Issue]]:
    volume = context.number("Fluid.ManualVolumeML")
    if volume is None:
        return None, "not known", [_missing_keys_issue(context.file, ["Fluid.ManualVolumeML"], known=False)]
    note = Issue(
        file=context.file,
        code="volume-manual",
        message=f"The operator typed the volume in: {volume:g} mL; it was not measured by the camera.",
        value=f"{volume:g} mL",
        remedy="Check it against the protocol of the sample.",
        severity="note",
    )
    return volume, "typed in by the operator (UseManualVolume)", [note]


def _processed_ml(context: Context | None, summaries: Sequence[Summary]) -> float | None:
    """Return aspirated less calibration volume; the printed figure where the context has neither."""
    if context is not None:
        aspirated = context.number("CaptureStats.SampleVolumeAspirated")
        calibration = context.number("CaptureStats.CalibrationFluidVolume")
        if aspirated and calibration is not None and aspirated > calibration:
            return aspirated - calibration
    for summary in summaries:
        processed = summary.number("sample volume processed")
        if processed:
            return processed
    return None


def _dilution(context: Context | None) -> tuple[float | None, list[Issue]]:
    if context is None:
        return None, []
    factor = context.number("Fluid.SampleDilution")
    if factor is not None and factor <= 0:
        return None, [_dilution_issue(context.file, factor, "is not a dilution; it was left out")]
    if not context.flag("Fluid.UseDilutionCalculation"):
        issues = []
        if factor is not None and factor != 1:
            issues.append(_dilution_issue(context.file, factor, "is written but switched off; 1 was used"))
        return 1.0, issues
    return factor, []


def _dilution_issue(file: str, factor: float, what: str) -> Issue:
    return Issue(
        file=file,
        code="dilution-doubtful",
        message=f"The sample dilution {factor:g} {what}.",
        value=f"{factor:g}",
        remedy="Give the dilution yourself if the sample was diluted.",
    )


def _calibration_issues(context: Context) -> list[Issue]:
    if context.number("Fluid.CalibrationConstant") != 1.0:
        return []
    return [
        Issue(
            file=context.file,
            code="calibration-default",
            message="The calibration constant is exactly 1 µm/px: the instrument seems not to be calibrated.",
            value="1.0000",
            remedy="Find the constant of this objective; sizes and volume depend on it.",
        )
    ]


def _correction_issues(context: Context) -> list[Issue]:
    correction = context.number("CaptureStats.VolumeCF")
    if context.flag("CaptureStats.IncludesVolumeCF") is not False or correction in (None, 1.0):
        return []
    return [
        Issue(
            file=context.file,
            code="volume-correction-doubtful",
            message=f"The correction factor {correction:g} is marked as not included; it was applied all the same.",
            value=f"{correction:g}",
            remedy="Compare the volume with the one VisualSpreadsheet shows.",
        )
    ]


def _mismatch_issues(
    imaged: float, stated: Sequence[StatedFigure], summaries: Sequence[Summary], context: Context | None
) -> list[Issue]:
    figures = [*stated, *_from_concentration(summaries, context)]
    return [
        Issue(
            file=figure.file,
            code="volume-mismatch",
            message=(
                f"The imaged volume is {imaged:.6g} mL, but {figure.file} says {figure.value:.6g} mL ({figure.label})."
            ),
            value=f"{figure.value:.6g} mL",
            remedy="Check that summary and context belong to the same run, and whether the volume was typed in later.",
        )
        for figure in figures
        if not figure.agrees_with(imaged)
    ]


def _from_concentration(summaries: Sequence[Summary], context: Context | None) -> list[StatedFigure]:
    """Return the volumes that follow from the printed count and particles per mL of undiluted samples."""
    if context is not None and (context.number("Fluid.SampleDilution") or 1) != 1:
        return []
    found = []
    for summary in summaries:
        count, per_ml = summary.figure("count", "particle count"), summary.figure("particles /", "particles per")
        if count and per_ml and per_ml.value > 0 and count.value > 0:
            volume = count.value / per_ml.value
            half = volume * per_ml.half_digit / per_ml.value
            found.append(
                StatedFigure(file=summary.file, label="count / particles per mL", value=volume, half_digit=half)
            )
    return found


def _no_context_issue(file: str, *, known: bool) -> Issue:
    instead = "the volume printed in the summary was used." if known else "the imaged volume is not known."
    return Issue(
        file=file,
        code="context-missing",
        message=f"The run has no context file (.ctx): {instead}",
        remedy="Copy the .ctx of the run beside the list; without a volume there are counts but no concentrations.",
    )


def _missing_keys_issue(file: str, missing: list[str], *, known: bool) -> Issue:
    instead = "the volume printed in the summary was used." if known else "the imaged volume is not known."
    return Issue(
        file=file,
        code="context-key-missing",
        message=f"The context file lacks {', '.join(missing)}: {instead}",
        value=", ".join(missing),
        remedy="Copy the .ctx again from the instrument, and check that these settings are numbers.",
    )


def _trigger_issue(file: str) -> Issue:
    return Issue(
        file=file,
        code="volume-unknown-trigger",
        message="The run was triggered by fluorescence or scatter: frames do not follow each other, "
        "so the imaged volume cannot be computed.",
        value="AutoTriggerFlag=0",
        remedy="Use the counts without concentrations, or run the sample in AutoImage mode.",
    )


def _zero_issue(imaged: float, file: str) -> Issue:
    return Issue(
        file=file,
        code="volume-zero",
        message=f"The imaged volume comes to {imaged:g} mL; there are counts but no concentrations.",
        value=f"{imaged:g} mL",
        remedy="Check RawImageTotal, the acceptable region, FlowCellDepth and ManualVolumeML in the .ctx.",
    )
