"""A simulation: begin it, take it on in time, as often as wanted."""

from __future__ import annotations

from pelagia.ocean.setting import SpillSetup
from pelagia.ocean.state import SpillState


def begin(setup: SpillSetup) -> SpillState:
    """Place the oil of all sources, and age it, before the first step.

    Parameters
    ----------
    setup
        The simulation, whole.

    Returns
    -------
    SpillState
        At ``setup.start_s``.

    Raises
    ------
    BadInput
        ``point-on-land`` where all of a source lies on land, ``forcing-outside`` where none of it lies in the area of
        the forcing.
    BadParameter
        Where a source begins before the simulation, or flows for a while in one that goes backward.
    """
    raise NotImplementedError


def advance(state: SpillState, setup: SpillSetup, until_s: float) -> SpillState:
    """Take the oil on in time, step by step.

    Parameters
    ----------
    state
        Not modified.
    setup
        That of :func:`begin`.
    until_s
        Unix time, s, after ``state.time_s`` (before it in a simulation backward in time).

    Returns
    -------
    SpillState
        After the last whole step that does not go beyond ``until_s``; at ``setup.end_s`` a shorter step ends the
        simulation. So the steps are the same however often it is stopped, and the result is equal to the bit.

    Raises
    ------
    BadInput
        ``forcing-ends-early``, ``forcing-starts-late``.
    MassLost
        Where the masses do not sum to what was spilled.
    """
    raise NotImplementedError
