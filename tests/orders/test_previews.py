"""Pictures of inputs are for looking only: what keeps them from being made keeps nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pelagia.core.errors import Unavailable
from pelagia.orders.order import Order
from pelagia.orders.previews import preview_order
from pelagia.orders.workbench import Workbench
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.warm import WarmProcesses


def test_pictures_that_take_too_long_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def overdue(_self: WarmProcesses, *call: Any, **_how: Any) -> Any:
        asked.append(call[1])
        raise Unavailable("It took longer than 30 s", remedy="Try again with less at once.")

    monkeypatch.setattr(WarmProcesses, "call", overdue)
    with open_runtime(read_settings({}, home=tmp_path)) as runtime:
        bench = Workbench(runtime=runtime, warm=WarmProcesses(1))
        order = Order(service="flowcam", inputs={"runs": [str(tmp_path)]})
        assert preview_order(bench, order, 12) == ()
    assert asked == ["pelagia.services.flowcam.preview:preview"]
