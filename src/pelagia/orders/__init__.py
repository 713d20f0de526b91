"""From what a person wants to a job, and from a job to its output folder: what all faces have in common."""
