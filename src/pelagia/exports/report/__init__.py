"""The report of a result: one self-contained HTML page that opens offline and prints on A4."""
