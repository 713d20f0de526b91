"""Windows of a scene as what they measure: backscatter, reflectance, grey."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from pelagia.core.errors import BadInput
from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.opening import confined, damaged
from pelagia.io.scenes.bands import open_band
from pelagia.io.scenes.calibration import Noise, RangeTable, read_calibration, read_noise
from pelagia.io.scenes.facts import Band, Scene
from pelagia.io.scenes.xml import LIMIT_BYTES
from pelagia.io.sources import open_source

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]
GREY_WEIGHTS = (0.299, 0.587, 0.114)
"""Red, green, blue (ITU-R BT.601)."""


class SceneReader:
    """A scene that is open; not for several threads at once.

    Parameters
    ----------
    scene
        All of its bands stand on this machine.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._stack = ExitStack()
        self._open: dict[str, Any] = {}
        self._tables: dict[str, tuple[RangeTable, Noise | None]] = {}
        with self._stack:
            for band in scene.bands.values():
                if band.path not in self._open:
                    self._open[band.path] = self._stack.enter_context(open_band(band.path, scene.file))
            self._check_sizes()
            self._stack = self._stack.pop_all()

    def radar(self, polarisation: str, row: int, col: int, height: int, width: int) -> tuple[Singles, Mask]:
        """Read a window inside a radar scene.

        Returns
        -------
        intensity
            (height, width) float32: σ⁰, linear; amplitude squared where it is not calibrated. May be below 0 where
            noise was taken off.
        valid
            (height, width): where there is a measurement.
        """
        band = self.scene.bands[polarisation]
        values = self._read(band, row, col, height, width, [band.number])[0]
        valid = _valid(values, band)
        if self.scene.kind == "radar-db":
            return np.power(10, values / 10, dtype=np.float32), valid
        if self.scene.kind == "radar-linear":
            return values, valid
        power = np.square(values)
        if self.scene.kind == "sentinel-1":
            calibration, noise = self._tables_of(polarisation)
            if noise is not None:
                power -= noise.at(row, col, height, width)
            power /= np.square(calibration.at(row, col, height, width))
        return power, valid

    def reflectance(self, names: Sequence[str], row: int, col: int, height: int, width: int) -> tuple[Singles, Mask]:
        """Read a window inside an optical scene.

        Returns
        -------
        reflectance
            (band, height, width) float32, 0 to about 1.
        valid
            (height, width): where all bands hold a measurement.
        """
        found = np.empty((len(names), height, width), np.float32)
        valid = np.ones((height, width), np.bool_)
        for number, name in enumerate(names):
            band = self.scene.bands[name]
            values = self._read(band, row, col, height, width, [band.number])[0]
            valid &= _valid(values, band)
            found[number] = values * np.float32(band.gain) + np.float32(band.offset)
        return found, valid

    def grey(self, row: int, col: int, height: int, width: int) -> tuple[Singles, Mask]:
        """Read a window inside a picture of 8 bits: (height, width) float32, 0 to 255, and where it shows something."""
        band = self.scene.bands["grey"]
        dataset = self._open[band.path]
        count = dataset.count
        values = self._read(band, row, col, height, width, list(range(1, count + 1)))
        valid = _valid(values[0], band)
        if count in {2, 4}:
            valid &= values[-1] > 127
        if count < 3:
            return values[0], valid
        weighted: Singles = np.tensordot(np.array(GREY_WEIGHTS, np.float32), values[:3], 1)
        return weighted, valid

    def close(self) -> None:
        """Close its files."""
        self._stack.close()

    def __enter__(self) -> SceneReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, band: Band, row: int, col: int, height: int, width: int, numbers: list[int]) -> Singles:
        try:
            with confined():
                values: Singles = self._open[band.path].read(
                    numbers, window=Window(col, row, width, height), out_dtype=np.float32
                )
        except READ_FAILURES as error:
            raise damaged(self.scene.file, f"{band.file}, rows {row:,} to {row + height:,}") from error
        return values

    def _tables_of(self, polarisation: str) -> tuple[RangeTable, Noise | None]:
        if polarisation not in self._tables:
            self._tables[polarisation] = _calibration(self.scene, polarisation), _noise(self.scene, polarisation)
        return self._tables[polarisation]

    def _check_sizes(self) -> None:
        wanted = self.scene.height_px, self.scene.width_px
        for band in self.scene.bands.values():
            shape = self._open[band.path].shape
            if shape != wanted:
                raise BadInput(
                    f"A band of the scene is not of the size its description tells ({wanted[0]:,} × {wanted[1]:,})",
                    remedy="Download the product again and give it whole, as it was published.",
                    value=f"{shape[0]:,} × {shape[1]:,}: {band.file.rpartition('/')[2]}",
                    file=self.scene.file,
                    code="scene-unreadable",
                )


def open_scene(scene: Scene) -> SceneReader:
    """Open a scene whose bands stand on this machine (see :func:`pelagia.io.scenes.fetching.fetched`).

    Raises
    ------
    NotFound, BadInput
        A band is no longer there, cannot be read, or is not of the size that was told.
    """
    return SceneReader(scene)


def check_annotations(scene: Scene) -> None:
    """Read the calibration of a scene, so that what is wrong with it is told before any long work.

    Raises
    ------
    BadInput
        ``scene-incomplete``, ``scene-unreadable``.
    """
    for name in scene.annotations:
        role, _, polarisation = name.partition(" ")
        if role == "calibration":
            _calibration(scene, polarisation)
        elif role == "noise":
            _noise(scene, polarisation)


def _valid(values: Singles, band: Band) -> Mask:
    valid: Mask = np.isfinite(values)
    if band.nodata is not None:
        valid &= values != band.nodata
    return valid


def _calibration(scene: Scene, polarisation: str) -> RangeTable:
    name = scene.annotations[f"calibration {polarisation}"]
    return read_calibration(open_source(scene.uri).read(name, LIMIT_BYTES), name)


def _noise(scene: Scene, polarisation: str) -> Noise | None:
    name = scene.annotations.get(f"noise {polarisation}")
    return None if name is None else read_noise(open_source(scene.uri).read(name, LIMIT_BYTES), name)
