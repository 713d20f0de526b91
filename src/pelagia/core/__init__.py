"""The vocabulary every other layer speaks: service, result, provenance, errors."""
