"""What can be wrong with a recording, said once: code, message, remedy."""

from __future__ import annotations

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue, Severity


def fault(
    file: str, code: str, message: str, remedy: str, value: str = "", severity: Severity = "warning", objects: int = 1
) -> Issue:
    """Return the finding on a recording."""
    return Issue(file=file, code=code, message=message, remedy=remedy, value=value, severity=severity, objects=objects)


def empty(file: str) -> BadInput:
    """Return the error for a file without a byte."""
    return BadInput(
        "The file is empty",
        remedy="Copy it again from the camera or the recorder.",
        value="0 bytes",
        file=file,
        code="empty-file",
    )


def not_a_video(file: str, value: str) -> BadInput:
    """Return the error for a file that is no video by its content."""
    return BadInput(
        "The file is called a video, but its content is none",
        remedy="Check what it is; give it its right ending, or take it out of the folder.",
        value=value,
        file=file,
        code="not-a-video",
    )


def no_video(file: str, value: str) -> BadInput:
    """Return the error for a file that holds sound or data, but no picture."""
    return BadInput(
        "There is no picture in the file, only other tracks",
        remedy="Check the settings of the recorder, or take the file out of the folder.",
        value=value,
        file=file,
        code="no-video",
    )


def damaged(file: str, value: str) -> BadInput:
    """Return the error for a video that cannot be opened or of which no frame can be decoded."""
    return BadInput(
        "The video is damaged, or was cut off before its index was written",
        remedy="Copy it again; a file that the recorder did not finish may be repaired with a tool such as untrunc.",
        value=value,
        file=file,
        code="damaged",
    )


def unreadable(file: str, value: str) -> BadInput:
    """Return the error for a video that this machine may not read."""
    return BadInput(
        "The file cannot be read",
        remedy="Check its permissions and the disk it stands on.",
        value=value,
        file=file,
        code="file-unreadable",
    )


def codec_unread(file: str, codec: str) -> BadInput:
    """Return the error for a video in a format of which no decoder is at hand."""
    return BadInput(
        "The video is compressed in a way that cannot be read",
        remedy="Convert it to H.264, for example with ffmpeg -i IN -c:v libx264 OUT.mp4.",
        value=codec,
        file=file,
        code="codec-unread",
    )


def too_large_frame(file: str, width_px: int, height_px: int, limit: int) -> BadInput:
    """Return the error for frames of more pixels than are decoded."""
    return BadInput(
        f"The frames of the video have more than the {limit:,} pixels they may have",
        remedy="Check that it is the right file; scale it down (ffmpeg -i IN -vf scale=3840:-2 OUT.mp4) if it is.",
        value=f"{width_px} × {height_px} pixels",
        file=file,
        code="too-large-frame",
    )


def truncated(file: str, seen_s: float, stated_s: float) -> Issue:
    """Say that a video ends before the end it states."""
    return fault(
        file,
        "video-truncated",
        f"The video ends after {seen_s:.1f} s, but says that it is {stated_s:.1f} s long; what is there was used.",
        "Copy it again if the original is longer.",
        f"{seen_s:.3f} of {stated_s:.3f} s",
    )


def broken_off(file: str, seen_s: float, reason: str) -> Issue:
    """Say that a video cannot be read on from some moment."""
    return fault(
        file,
        "video-truncated",
        f"The video cannot be read on after {seen_s:.1f} s; what comes before was used.",
        "Copy it again if the original is longer.",
        reason,
    )


def damaged_frames(file: str, frames: int, first_s: float) -> Issue:
    """Say that some frames cannot be decoded."""
    return fault(
        file,
        "frames-damaged",
        f"{frames:,} frames cannot be decoded or are damaged, the first near {first_s:.1f} s; they were left out.",
        "Copy the file again; damaged frames of a live stream are lost.",
        f"{frames} frames",
    )


def times_missing(file: str, frames: int) -> Issue:
    """Say that frames without a time got one from the frame rate."""
    return fault(
        file,
        "times-missing",
        f"{frames:,} frames do not say when they are shown; they were placed by the frame rate.",
        "Nothing to do where the frame rate is right; else write the file anew with the recorder's own software.",
        f"{frames} frames",
        severity="note",
    )


def times_repeated(file: str, frames: int) -> Issue:
    """Say that frames shared their time with the one before."""
    return fault(
        file,
        "times-repeated",
        f"{frames:,} frames have the same time as the frame before; they were placed just after it.",
        "Nothing to do where it is few; else check the clock of the recorder.",
        f"{frames} frames",
        severity="note",
    )


def times_backward(file: str, jumps: int, first_s: float) -> Issue:
    """Say that the time of the frames goes back, as if the clock had been set or two files joined."""
    return fault(
        file,
        "times-backward",
        f"The time of the frames jumps {jumps:,} times, at first after {first_s:.1f} s; "
        "they were joined as if each followed the one before.",
        "Check the clock of the recorder; where files were joined, give them one by one.",
        f"{jumps} jumps",
    )


def frames_missing(file: str, gaps: int, seconds: float) -> Issue:
    """Say that a film of steady rate has holes."""
    return fault(
        file,
        "frames-missing",
        f"Frames are missing in {gaps:,} places of the file, together {seconds:.1f} s; nothing is known of that time.",
        "Copy the file again if the original has them; what a recorder dropped is lost.",
        f"{gaps} gaps, {seconds:.1f} s",
    )


def size_changes(file: str, from_px: tuple[int, int], to_px: tuple[int, int]) -> Issue:
    """Say that frames change their size within a file."""
    return fault(
        file,
        "frame-size-changes",
        "Frames change their size within the file; all were scaled to the size of the first.",
        "Nothing to do if this is what you want; else cut the file where the size changes.",
        f"{from_px[1]} × {from_px[0]} to {to_px[1]} × {to_px[0]} pixels",
    )


def interlaced(file: str) -> Issue:
    """Say that frames are made of two half pictures."""
    return fault(
        file,
        "interlaced",
        "The video is interlaced: what moves fast has combed edges.",
        "Nothing to do for slow animals; else deinterlace it (ffmpeg -i IN -vf bwdif OUT.mp4).",
        severity="note",
    )


def not_a_picture(file: str, value: str) -> BadInput:
    """Return the error for a file that is no picture by its content."""
    return BadInput(
        "The file is called a picture, or was named as a recording, but its content is none that is read",
        remedy="Check what it is; give it its right ending, or take it out of the folder.",
        value=value,
        file=file,
        code="not-a-picture",
    )


def no_recording(file: str, suffix: str) -> Issue:
    """Say that a file is neither a video nor a picture."""
    return fault(
        file,
        "not-a-recording",
        "The file is neither a video nor a picture that is read; it was left out.",
        "Nothing to do if it is none; else convert it to MP4, JPEG or PNG.",
        suffix,
        severity="note",
    )


def wrong_suffix(file: str, kind: str, suffix: str) -> Issue:
    """Say that a file is something else than its name says."""
    what = "a video" if kind == "video" else "a picture"
    return fault(
        file,
        "wrong-suffix",
        f"The file is {what}, though its name does not end like that of one; it was used as {what}.",
        "Rename it, so that others understand it too.",
        suffix,
        severity="note",
    )


def archive_in_folder(file: str) -> Issue:
    """Say that an archive in a folder was not opened."""
    return fault(
        file,
        "archive-in-folder",
        "There is an archive in the folder; it may be a copy of what stands there, and was not opened.",
        "Name the archive itself where it holds more recordings.",
        severity="note",
    )


def recording_twice(file: str) -> Issue:
    """Say that a file was named twice."""
    return fault(
        file,
        "recording-twice",
        "The file was named twice; it was used once.",
        "Nothing to do.",
        severity="note",
    )


def time_nonsense(file: str, value: str) -> Issue:
    """Say that what looks like a time cannot be one."""
    return fault(
        file,
        "time-nonsense",
        "The name seems to hold a time, but one before 1990, in the future, or of no day there is; it was not used.",
        "Check the clock of the recorder; say how names tell the time (time_pattern), or give a table of times.",
        value,
    )


def times_unknown(file: str, files: int) -> Issue:
    """Say of how many files nothing tells when they were made."""
    return fault(
        file,
        "time-unknown",
        f"Neither table nor name nor picture tells when {files:,} files were recorded; of videos the file may tell.",
        "Give a table of times or places, say how names tell the time (time_pattern), or when it began (started_at).",
        f"{files} files",
        severity="note",
        objects=files,
    )


def start_unreadable(value: str) -> BadInput:
    """Return the error for a begin that is no time."""
    return BadInput(
        "The begin of the recordings cannot be read",
        remedy="Write it as 2024-04-22T08:09:01Z, not before 1990 and not in the future.",
        value=value,
        code="started-at",
    )


def places_unused(file: str, pattern: str) -> Issue:
    """Say that a row of the table of places holds for no recording."""
    return fault(
        file,
        "place-unused",
        "A row of the table of places holds for no recording.",
        "Check its path; it is that of a file or folder, or a pattern such as */cam1/*.",
        pattern,
        severity="note",
        objects=0,
    )


def streams_many(streams: int, followed: str) -> Issue:
    """Say before a run that it follows one live stream of several."""
    return fault(
        followed,
        "streams-many",
        "A run follows one live stream, this one; the others will not be followed.",
        "Start a run for each stream.",
        f"{streams} streams",
        severity="warning",
        objects=0,
    )


def table_cell(file: str, line: int, column: str, cell: str) -> Issue:
    """Say that a cell of a table cannot be used."""
    return fault(
        file,
        "table-cell",
        f"Line {line}, column {column}: the value cannot be used and was passed over.",
        "Write latitude and longitude in degrees (WGS 84), times as 2024-04-22T08:09:01Z, widths in metres.",
        f"line {line}, {column}: {cell[:100]}",
        objects=0,
    )


def further(file: str, code: str, files: int, remedy: str, severity: Severity) -> Issue:
    """Stand for further findings of one kind, which are too many to be told one by one."""
    return fault(
        file, code, f"The same was found of {files:,} further files.", remedy, f"{files} files", severity, objects=files
    )


def too_large_file(file: str, size: int, limit: int) -> BadInput:
    """Return the error for a file of more bytes than are read."""
    return BadInput(
        f"The file is larger than the {limit:,} bytes it may have",
        remedy="Check that it is the right file.",
        value=f"{size:,} bytes",
        file=file,
        code="file-too-large",
    )


def times_unused(first: str) -> Issue:
    """Say that the table of times names none of the recordings."""
    return fault(
        "",
        "times-unused",
        "The table of times names none of the recordings.",
        "Write the names of files into it as they stand in the folder, with their endings.",
        first,
        objects=0,
    )
