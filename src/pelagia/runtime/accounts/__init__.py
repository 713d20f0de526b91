"""Who uses an installation: accounts, sessions, tokens, access, and how they are counted without their names."""
