"""The figures a person wants first, and what must be said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.ground import LITTER_CLASSES
from pelagia.core.result import Figure
from pelagia.core.service import Request
from pelagia.learning.card import ModelCard, read_card
from pelagia.services.litter.columns import ALL
from pelagia.services.litter.quantities import PLD_TILE_M
from pelagia.services.litter.service import LitterParams

Told = Mapping[str, Any]
ROLES = {"tiles": "Classes of ground", "items": "Items", "people": "People"}


def summarise(request: Request[LitterParams], told: Told) -> dict[str, Figure]:
    """Return the figures of a result, the most wanted first.

    Parameters
    ----------
    request
        With the models.
    told
        What :func:`pelagia.services.litter.account.account` returned.
    """
    pictures: Sequence[Mapping[str, Any]] = told["pictures"]
    whole = next(row for row in told["density"] if row["area_id"] == ALL and row["item_class"] == ALL)
    found = sum(row["items"] for row in pictures)
    people = [row["people"] for row in pictures]
    return {
        "items": Figure(
            value=whole["items"], low=whole["items_low"], high=whole["items_high"], description="Litter items counted"
        ),
        "items_per_100m": _estimate(whole, "items_per_100m", "Litter items per 100 m of beach", "1/100 m"),
        "items_per_km2": _estimate(whole, "items_per_km2", "Litter items per square kilometre", "1/km²"),
        "covered_m2": Figure(value=whole["covered_m2"], description="Ground looked at, each part once", unit="m²"),
        "length_m": Figure(value=whole["length_m"], description="Length of beach looked at", unit="m"),
        **_ground(told, whole["covered_m2"]),
        "boxes_m2": Figure(value=whole["litter_m2"], description="Ground that the items' boxes cover", unit="m²"),
        "pictures": Figure(value=len(pictures), description="Pictures processed"),
        "areas": Figure(value=len({row["area_id"] for row in pictures}), description="Areas they show"),
        "not_counted": Figure(
            value=found - whole["items"],
            description="Items that do not count: seen twice, too short, outside",
        ),
        "validated": Figure(value=whole["validated_items"], description="Counted items that a person validated"),
        "people": Figure(
            value=None if None in people else sum(people), description="People found, and blurred in every picture"
        ),
        **_model_figures(request),
    }


def notes(request: Request[LitterParams], told: Told) -> tuple[str, ...]:
    """Return the sentences that belong beside every figure."""
    params = request.params
    said = [
        sentence for role in ROLES if role in request.models for sentence in _model_notes(role, _card(request, role))
    ]
    if params.search == "littered":
        said.append(
            f"Items were looked for where a tile holds litter with a probability of {params.search_from:g} or more, "
            "and in the tiles around it."
        )
    score_from = _score_from(request)
    if score_from is not None:
        said.append(f"Items with a score below {score_from:.3g} were left out.")
    if params.min_length_cm > 0:
        said.append(f"Items shorter than {params.min_length_cm:g} cm were not counted.")
    said.append(
        "Intervals are of counting: how litter varies from place to place, or chance where there are too few places. "
        "What the models miss or take for litter comes on top."
    )
    said.append(
        "Square metres, cubic metres and items of the formulas of APLASTIC-Q come from classes of ground with fixed "
        "factors; items counted are beside them."
    )
    said += _of_pictures(request, told["pictures"])
    return tuple(said)


def _estimate(row: Mapping[str, Any], name: str, description: str, unit: str) -> Figure:
    return Figure(value=row[name], low=row[f"{name}_low"], high=row[f"{name}_high"], description=description, unit=unit)


def _ground(told: Told, covered_m2: float | None) -> dict[str, Figure]:
    """Return what the classes of ground say: how much is littered, and litter by the formulas."""
    rows = {
        row["tile_class"]: row
        for row in told["quantities"]
        if row["image_id"] == ALL and row["area_id"] == ALL and row["kind"] == "tiles"
    }
    littered_m2 = sum(rows[name]["tiles"] for name in LITTER_CLASSES) * PLD_TILE_M**2 if rows else None
    share = littered_m2 / covered_m2 if littered_m2 is not None and covered_m2 else None
    litter = rows.get(ALL, {"area_m2": None, "volume_m3": None, "items": None})
    return {
        "littered_share": Figure(value=share, description="Share of the ground in tiles of litter", unit="share"),
        "litter_m2": Figure(
            value=litter["area_m2"], description="Ground covered by litter, by the formula of APLASTIC-Q", unit="m²"
        ),
        "litter_m3": Figure(
            value=litter["volume_m3"], description="Volume of litter, by the formula of APLASTIC-Q", unit="m³"
        ),
        "litter_items": Figure(value=litter["items"], description="Litter items, by the formula of APLASTIC-Q"),
    }


def _score_from(request: Request[LitterParams]) -> float | None:
    """Return the least score of an item: what was asked for, else what the detector's card says."""
    if request.params.score_from is not None or "items" not in request.models:
        return request.params.score_from
    detector = _card(request, "items").recipe.get("detector", {})
    value = detector.get("score_from") if isinstance(detector, dict) else None
    return float(value) if isinstance(value, int | float) else None


def _card(request: Request[LitterParams], role: str) -> ModelCard:
    return read_card(Path(request.models[role].path))


def _model_figures(request: Request[LitterParams]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for role in ROLES:
        scores = _card(request, role).scores if role in request.models else None
        if scores is None:
            continue
        about = f"of {_card(request, role).reference} on {scores.n_heldout:,} images held back from its training"
        for name, score, label in (
            ("accuracy", scores.accuracy, "Accuracy"),
            ("macro_f1", scores.macro_f1, "Macro-F1"),
        ):
            figures[f"{role}_{name}"] = Figure(
                value=score.value, low=score.low, high=score.high, description=f"{label} {about}"
            )
    return figures


def _model_notes(role: str, card: ModelCard) -> Iterator[str]:
    yield f"{ROLES[role]}: {card.title} ({card.reference}), trained for {card.instrument}."
    yield from (text for text in (card.intended_use, card.limits) if text)
    if card.scores is not None:
        yield f"Its figures: {card.scores.split}"


def _of_pictures(request: Request[LitterParams], pictures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    unsized = sum(row["gsd_cm"] is None for row in pictures)
    if unsized:
        yield (
            f"{unsized:,} of {len(pictures):,} pictures have no ground sampling distance: their tiles have the pixels "
            "they would have at 0.2 cm, and neither sizes nor densities are told of them."
        )
    lost = sum(row["transform"] is None for row in pictures)
    if lost:
        yield f"{lost:,} of {len(pictures):,} pictures lie nowhere on the map; their items are told in pixels."
    if not request.params.blur_people:
        yield "No people were looked for, and none were blurred."
    elif any(row["people"] is None for row in pictures):
        yield "No people were looked for in some pictures, and none were blurred there."
