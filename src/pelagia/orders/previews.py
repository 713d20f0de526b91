"""A few pictures of the inputs of an order, for a person to see that they are the right ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pelagia.core.errors import Unavailable
from pelagia.orders.named import call_named
from pelagia.orders.order import Order, request_of
from pelagia.orders.workbench import Workbench
from pelagia.runtime.registry import find_face

GIVE_UP_SECONDS = 30.0


def preview_order(bench: Workbench, order: Order, count: int) -> Sequence[bytes]:
    """Return up to so many small pictures (PNG) of the inputs of an order; none where its service shows none.

    None either where making them takes too long: what matters of the inputs is told by the estimate.

    Parameters
    ----------
    bench
        The installation.
    order
        Its addresses must have been checked.
    count
        How many at most.
    """
    service = find_face(order.service)
    if not service.preview:
        return ()
    request = request_of(order, bench.runtime.settings.home)
    shown: Sequence[bytes] = ()
    with suppress(Unavailable):
        shown = bench.warm.call(call_named, f"{service.preview}:preview", request, count, timeout_s=GIVE_UP_SECONDS)
    return shown
