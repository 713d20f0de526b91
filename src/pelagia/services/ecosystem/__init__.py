"""Ecosystem: underwater video and stills → quality and interest → animals → tracks → counts and time series."""
