"""Exports of oil spills: maps in time, outlines, coast and paths."""
