"""Physics of the sea: fields, particles, weathering, coast, score, fit."""

from pathlib import Path

from pelagia.ocean.kernels import forget_old_kernels

forget_old_kernels(Path(__file__).parent, Path(__file__).parent.parent)
