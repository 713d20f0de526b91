"""What each profile means: how closely is looked, where, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pelagia.services.ecosystem.service import EcosystemParams

CLOSE_S = 2.0
"""Frames farther apart in time than this show other animals, or the same ones elsewhere: nobody is followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The defaults of one kind of monitoring.

    Parameters
    ----------
    frames_per_s
        Frames a second the detector looks at.
    search
        Where: only at interesting stretches, or at all usable ones.
    is_moving
        Whether the camera moves: what differs from the frame before is then no sign of an animal.
    counts_tows
        Whether what passes the counting line of a towed camera is counted.
    follows
        Whether animals are followed from frame to frame, where these are close enough.
    """

    frames_per_s: float
    search: Literal["interesting", "everywhere"]
    is_moving: bool = False
    counts_tows: bool = False
    follows: bool = True


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "deep-sea": Profile(frames_per_s=1.0, search="everywhere", is_moving=True),
        "fish": Profile(frames_per_s=5.0, search="interesting"),
        "burrow": Profile(frames_per_s=10.0, search="everywhere", is_moving=True, counts_tows=True),
        "types": Profile(frames_per_s=1.0, search="interesting"),
        "custom": Profile(frames_per_s=5.0, search="interesting"),
    }
)


def profile_of(params: EcosystemParams) -> Profile:
    """Return the profile of a request, with what its other parameters ask for instead.

    Parameters
    ----------
    params
        Of the request.
    """
    known = PROFILES[params.profile]
    return Profile(
        frames_per_s=params.frames_per_s or known.frames_per_s,
        search=known.search if params.search == "profile" else params.search,
        is_moving=known.is_moving,
        counts_tows=known.counts_tows,
        follows=known.follows if params.follow == "profile" else params.follow == "yes",
    )
