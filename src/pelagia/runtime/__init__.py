"""Run any service durably and count its use."""
