"""ZooScan projects as ZooProcess leaves them: raw scans, backgrounds, logs, metadata, tables of results."""
