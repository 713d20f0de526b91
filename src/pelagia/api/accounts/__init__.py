"""Accounts, sessions, tokens and access, for programs."""
