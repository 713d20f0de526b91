"""The report of an ecosystem result: counts in time with their effort, the pattern of the day, clips and tows."""
