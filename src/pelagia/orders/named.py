"""Functions by name, for work whose libraries the calling process must not load."""

from __future__ import annotations

import importlib
from typing import Any


def call_named(name: str, *args: Any, **options: Any) -> Any:
    """Import a function by its dotted path, ``module:function``, and call it; runs where its libraries belong.

    Parameters
    ----------
    name
        As ``pelagia.orders.vignette_cutting:cut``.
    args, options
        What it is given.
    """
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)(*args, **options)
