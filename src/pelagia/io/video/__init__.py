"""Underwater recordings: video files, series of stills, live streams; when and where each was made."""
