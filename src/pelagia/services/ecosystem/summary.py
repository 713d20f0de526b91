"""The figures a person wants first, and what must be said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pelagia.core.result import Figure
from pelagia.core.service import Request
from pelagia.learning.card import ModelCard, read_card
from pelagia.services.ecosystem.account import score_from
from pelagia.services.ecosystem.profiles import profile_of
from pelagia.services.ecosystem.service import EcosystemParams

Told = Mapping[str, Any]


def summarise(request: Request[EcosystemParams], told: Told) -> dict[str, Figure]:
    """Return the figures of a result, the most wanted first.

    Parameters
    ----------
    request
        With the model.
    told
        What :func:`pelagia.services.ecosystem.account.account` returned.
    """
    return {
        **{name: Figure(**figure) for name, figure in told["summary"].items()},
        **dict(_tow_figures(told["tows"])),
        **_model_figures(_card(request)),
    }


def notes(request: Request[EcosystemParams], told: Told) -> tuple[str, ...]:
    """Return the sentences that belong beside every figure."""
    params, profile, card = request.params, profile_of(request.params), _card(request)
    said = [f"Animals were found by {card.reference}. {card.limits}".strip()]
    said.append(f"Boxes with a score below {score_from(request):.3g} were left out.")
    if profile.search == "interesting":
        said.append(
            f"Of video, the detector looked where the interest reached {params.interest_from:g}, and "
            f"{params.margin_s:g} s before and after; usable frames elsewhere count as showing nothing. Who rests "
            "there from begin to end is taken for the background: search everywhere to count such animals."
        )
    said.append("MaxN is a least number of individuals, not their number: it counts who is on one frame together.")
    if told["tows"] and params.distance_m is None:
        said.append("Densities stand on the field of view and the distance over ground: check both.")
    said.append(
        "Intervals are of counting alone. What the detector misses or takes for an animal comes on top: correct a part "
        "by hand to know how much."
    )
    return tuple(said)


def _tow_figures(tows: Any) -> Iterator[tuple[str, Figure]]:
    for taxon in dict.fromkeys(row["taxon"] for row in tows):
        own = [row for row in tows if row["taxon"] == taxon and row["area_m2"]]
        area_m2 = sum(row["area_m2"] for row in own)
        if not area_m2:
            continue
        low, high = (
            sum((row[name] or 0.0) * row["area_m2"] for row in own) / area_m2
            for name in ("density_low", "density_high")
        )
        yield (
            f"{taxon}_per_m2",
            Figure(
                value=sum(row["density_per_m2"] * row["area_m2"] for row in own) / area_m2,
                low=low,
                high=high,
                description=f"Density of {taxon}; of burrows, of systems",
                unit="1/m²",
            ),
        )


def _card(request: Request[EcosystemParams]) -> ModelCard:
    return read_card(Path(request.models["animals"].path))


def _model_figures(card: ModelCard) -> dict[str, Figure]:
    figures = card.recipe.get("figures") or []
    if not figures or figures[0].get("ap50") is None:
        return {}
    first = figures[0]
    return {
        "model_ap50": Figure(
            value=first["ap50"],
            low=first["ap50_low"],
            high=first["ap50_high"],
            description=f"Average precision of the detector at an overlap of one half ({first['what']})",
            unit="share",
        )
    }
