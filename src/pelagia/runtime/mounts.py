"""What kind of file system a path stands on."""

from __future__ import annotations

from pathlib import Path

from pelagia.core.errors import BadParameter

MOUNTS = Path("/proc/mounts")
NETWORK_KINDS = frozenset(
    {"nfs", "nfs3", "nfs4", "cifs", "smb", "smb3", "smbfs", "ncpfs", "afs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone"}
)


def filesystem_kind(path: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of file system a path stands on (``ext4``, ``nfs4``, …); ``""`` where it cannot be known.

    Parameters
    ----------
    path
        The path; it need not exist.
    mounts
        The list of mounts, in the form of Linux' ``/proc/mounts``.
    """
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    place = path.absolute().resolve()
    kind, longest = "", -1
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace(r"\040", " "))
        # A later mount on the same point hides the earlier one.
        if place.is_relative_to(point) and len(point.parts) >= longest:
            kind, longest = fields[2], len(point.parts)
    return kind


def require_local(path: Path, mounts: Path = MOUNTS) -> None:
    """Refuse a network folder, where the locks that SQLite relies on do not work.

    Raises
    ------
    BadParameter
        Where ``path`` stands on a network file system.
    """
    kind = filesystem_kind(path, mounts)
    if kind in NETWORK_KINDS:
        raise BadParameter(
            f"The database would stand on a network folder ({kind}), where SQLite loses data",
            value=path,
            remedy="Set PELAGIA_HOME to a folder on a local disk, or PELAGIA_DATABASE_URL to a PostgreSQL database.",
        )
