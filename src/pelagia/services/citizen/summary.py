"""The figures a person wants first, and what must be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pelagia.core.result import Figure
from pelagia.core.service import Request
from pelagia.services.citizen.columns import PARTS
from pelagia.services.citizen.service import CitizenParams

Told = Mapping[str, Any]


def summarise(told: Told) -> dict[str, Figure]:
    """Return the figures of a result, the most wanted first.

    Parameters
    ----------
    told
        What :func:`pelagia.services.citizen.account.account` returned.
    """
    counts = told["counts"]

    def number(key: str, description: str) -> Figure:
        return Figure(value=counts.get(key, 0), description=description)

    return {
        "boxes_in_set": Figure(value=told["boxes_in_set"], description="Boxes in the training set"),
        "images_in_set": Figure(value=told["images_in_set"], description="Images in the training set"),
        "accepted": number("boxes_accepted", "Boxes accepted by agreement"),
        "review": number("boxes_review", "Boxes that a person should look at"),
        "rejected": number("boxes_rejected", "Boxes rejected"),
        "experts": number("boxes_expert", "Boxes that experts validated"),
        "agreement": _estimate(told["agreement"], "Agreement on the accepted boxes"),
        "accepted_share": _estimate(told["accepted_share"], "Share of all places marked that was accepted"),
        "expert_recall": _estimate(told["expert_recall"], "Share of the validated animals that agreement finds"),
        "expert_precision": _estimate(told["expert_precision"], "Share of the boxes agreed on that experts have too"),
        "annotators": Figure(value=told["annotators"], description="Annotators"),
        "outliers": Figure(value=told["outliers"], description="Annotators who differ from the others"),
        "marks": number("marks", "Marks read"),
        "marks_duplicate": number("marks_duplicate", "Marks that repeat one of the same person"),
        "images": number("images_with_marks", "Images with marks that could be read"),
        "classes": Figure(value=len(told["classes"]), description="Classes in the training set"),
        "deployments": Figure(value=told["deployments"], description="Deployments in the training set"),
        **{
            f"images_{part}": Figure(value=told["parts"].get(part, 0), description=f"Images for {words}")
            for part, words in zip(PARTS, ("training", "validation", "the final test"), strict=True)
        },
        "rounds": Figure(
            value=told["rounds"],
            description="Rounds until the reliabilities of annotators "
            + ("no longer changed" if told["has_converged"] else "were left, still changing"),
        ),
    }


def notes(request: Request[CitizenParams], told: Told, *, has_views: bool) -> tuple[str, ...]:
    """Return the sentences that belong beside every figure."""
    params = request.params
    said = [
        f"A box is accepted where at least {params.at_least} people marked it and they are "
        f"{params.accept_from:.0%} or more of those who saw the image"
        + (", each weighted by reliability." if params.weights == "reliability" else "."),
        "A box is the median of the marks, edge by edge"
        + (", weighted by the reliability of who made them." if params.weights == "reliability" else ".")
        + " A person counts once, however often the same animal was marked.",
    ]
    if not has_views:
        said.append(
            "It is not known who looked and marked nothing, so that agreement is among those who marked something on "
            "the image, and images without any animal are missing from the training set."
        )
    if told["counts"].get("boxes_review") and params.undecided_images == "keep":
        said.append(
            f"{told['counts']['boxes_review']:,} boxes still to be reviewed are not in the training set, but their "
            "images are: a detector learns that there is nothing. Review them, or give undecided_images=leave-out."
        )
    if params.split_by == "image":
        said.append("Images of one deployment are in several parts: a model will look better than it is.")
    return tuple(said)


def _estimate(told: Mapping[str, float | None], description: str) -> Figure:
    return Figure(value=told["value"], low=told["low"], high=told["high"], description=description, unit="share")
