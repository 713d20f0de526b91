"""Pictures: arrays in, arrays out. Nothing here knows a file, a service or a user."""
