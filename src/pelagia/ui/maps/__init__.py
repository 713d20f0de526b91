"""A result on a map: its pictures, items and survey lines; two surveys of one beach side by side."""
