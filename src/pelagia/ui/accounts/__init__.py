"""Pages of accounts: sign in, one's own account, and the administration of those of others."""
