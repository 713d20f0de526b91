"""A ZooScan project made from nothing, for those who want to try the service before they have one at hand."""
