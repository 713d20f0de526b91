"""Currents, winds and waves of any model, made one form: a uniform grid without gaps."""
