"""ZooScan: raw scans to measured, separated, named organisms."""
