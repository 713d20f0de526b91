"""Citizen science to training sets: marks of many people become boxes that they agree on."""
