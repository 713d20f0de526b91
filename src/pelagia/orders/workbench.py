"""What the faces of a server work with."""

from __future__ import annotations

from dataclasses import dataclass

from pelagia.runtime.runner import Runtime
from pelagia.runtime.warm import WarmProcesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """An open installation.

    Parameters
    ----------
    runtime
        Settings, database, storage.
    warm
        Processes for estimates and other short heavy work.
    """

    runtime: Runtime
    warm: WarmProcesses
