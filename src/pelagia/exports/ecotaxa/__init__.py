"""An import file for EcoTaxa: tables and vignettes in zip files of a size it takes."""

from pelagia.exports.ecotaxa.writer import NEEDS, write

__all__ = ["NEEDS", "write"]
