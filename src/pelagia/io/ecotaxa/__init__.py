"""EcoTaxa tables with their images."""

from pelagia.io.ecotaxa.samples import EcoTaxaSample
from pelagia.io.ecotaxa.table import IMAGE_MISSING, OBJECT_COLUMNS, EcoTaxaTable, find_tables

__all__ = ["IMAGE_MISSING", "OBJECT_COLUMNS", "EcoTaxaSample", "EcoTaxaTable", "find_tables"]
