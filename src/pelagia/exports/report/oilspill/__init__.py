"""The report of an oil spill: where the oil goes, what is left of it, which coast it reaches, how sure that is."""
