"""A file takes no values from other files of the machine."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.io.forcing.made import START_S, window, write
from tests.io.forcing.referring import FILES, content

from pelagia.core.errors import BadInput
from pelagia.io.forcing import netcdf
from pelagia.io.forcing.facts import describe_forcing
from pelagia.io.forcing.netcdf import open_netcdf
from pelagia.io.forcing.reading import read_forcing

SOON = window(end_s=START_S + 3600)


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("plain")])
def test_values_of_another_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    np.arange(8, dtype="f4").tofile("secret.bin")
    file = tmp_path / "a.nc"
    file.write_bytes(content(name))
    for call in (lambda: read_forcing([str(file)], "currents", SOON), lambda: describe_forcing(str(file))):
        with pytest.raises(BadInput) as caught:
            call()
        assert caught.value.code == "refers-elsewhere" and caught.value.remedy
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.write(file, "a.nc")
    with pytest.raises(BadInput) as caught:
        describe_forcing(str(tmp_path / "a.zip"))
    assert caught.value.code == "refers-elsewhere"


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("plain")])
def test_a_file_of_its_own_values_is_read(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.nc"
    file.write_bytes(content(name))
    assert read_forcing([str(file)], "currents", SOON).is_sea.all()


def test_a_file_from_elsewhere_is_searched_however_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netcdf, "OWN_BYTES", 0)
    monkeypatch.chdir(tmp_path)
    np.arange(8, dtype="f4").tofile("secret.bin")
    file = tmp_path / "a.nc"
    file.write_bytes(content("external-earliest"))
    with pytest.raises(BadInput), open_netcdf(file, "a.nc"):
        pass
    with open_netcdf(file, "a.nc", foreign=False) as source:  # what the library does by itself: hence the search
        assert source.variables["uo"].raw((0, 0, slice(None))).tolist() == [0, 1]
    write(tmp_path / "b.nc")
    with open_netcdf(tmp_path / "b.nc", "b.nc") as source:
        assert "uo" in source.variables
