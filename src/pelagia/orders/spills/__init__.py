"""The result of an oil spill: maps by time, slicks, coast, mass balance, fit, and how sure it is."""
