"""A beach made from nothing, for those who want to try the service before they have pictures of their own."""
