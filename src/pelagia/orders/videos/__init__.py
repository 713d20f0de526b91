"""Results of underwater footage, to be looked at and corrected: clips, what was found on them, counts in time."""
