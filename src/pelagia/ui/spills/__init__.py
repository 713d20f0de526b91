"""The pages of oil spills: where it is drawn, where it goes, how sure that is."""
