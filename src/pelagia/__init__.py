"""Pelagia: the open workbench for aquatic imaging."""

__version__ = "0.1.0"
