"""From the ledger to indicators and Virtual Access reports."""
