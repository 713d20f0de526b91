"""Find the parameters under which forecasts agree with what was seen, and how sure that is."""
