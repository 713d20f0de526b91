"""One way to read any place: a folder, a file, a zip archive, S3, HTTP, MongoDB."""

from pelagia.io.sources.address import without_secrets
from pelagia.io.sources.opening import fingerprint, open_source
from pelagia.io.sources.protocol import READ_LIMIT_BYTES, Entry, Source

__all__ = ["READ_LIMIT_BYTES", "Entry", "Source", "fingerprint", "open_source", "without_secrets"]
