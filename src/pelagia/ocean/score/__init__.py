"""How well a forecast agrees with slicks seen later."""
