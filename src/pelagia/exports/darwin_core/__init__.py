"""A Darwin Core Archive for OBIS, EMODnet Biology and GBIF: events, occurrences, measurements."""

from pelagia.exports.darwin_core.writer import NEEDS, write

__all__ = ["NEEDS", "write"]
