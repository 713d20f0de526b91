"""Counts in time: by place, bin and taxon, with the effort behind them."""

from pelagia.services.ecosystem.series.counted import Paths
from pelagia.services.ecosystem.series.summary import SUMMARY_FIELDS, series_summary
from pelagia.services.ecosystem.series.table import apart, write_time_series

__all__ = ["SUMMARY_FIELDS", "Paths", "apart", "series_summary", "write_time_series"]
