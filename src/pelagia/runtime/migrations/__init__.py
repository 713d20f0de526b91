"""The steps that bring a database of an older Pelagia up to date."""

HEAD = "0003"
