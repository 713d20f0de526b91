"""Forcing from the services that make it, with credentials from a keyring or the environment alone."""
