"""Scans of a run: their table, checks and metadata, the viewer, the editor of touching organisms."""
