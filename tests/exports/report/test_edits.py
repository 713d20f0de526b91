"""What people changed stands in the report: who, when, old, new, why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
from tests.exports.publishable import write_table
from tests.exports.report.net_result import make_net_result

from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.edits import EDITS_AT_MOST, read_changes
from pelagia.exports.report.render import report_html

TYPES = dict.fromkeys(("subject", "field", "old", "new", "by", "at", "why"), pa.string())
CHANGE = {
    "subject": "sample:net1", "field": "volume_m3", "old": "99999", "new": "12.5", "by": "Ada",
    "at": "2026-06-03T10:00:31Z", "why": "from the <b>log</b>",
}  # fmt: skip


def changed(tmp_path, changes):
    result = make_net_result(tmp_path)
    return replace(result, tables={**result.tables, "edits": write_table(tmp_path, "edits", TYPES, changes)})


def test_a_change_is_told_with_who_when_and_why_as_text(tmp_path):
    options = ExportOptions(created=dt.date(2026, 1, 2))
    html = report_html(changed(tmp_path, [CHANGE]), issues=(), files=(), options=options)
    section = html[html.index('id="changes"') :].partition("</section>")[0]
    assert "1 change of what was read" in section
    for said in ("sample net1", "99999", "12.5", "Ada", "2026-06-03 10:00", "from the &lt;b&gt;log&lt;/b&gt;"):
        assert said in section, said


def test_what_is_not_known_is_said(tmp_path):
    (change,) = read_changes(changed(tmp_path, [{**CHANGE, "old": None, "why": None}])).rows
    assert (change.old, change.why) == ("", "")
    options = ExportOptions(created=dt.date(2026, 1, 2))
    assert "not known" in report_html(
        changed(tmp_path / "again", [{**CHANGE, "new": None}]), issues=(), files=(), options=options
    )


def test_many_changes_are_left_to_the_table(tmp_path):
    found = read_changes(changed(tmp_path, [CHANGE] * (EDITS_AT_MOST + 7)))
    assert (len(found.rows), found.number, found.left_out) == (EDITS_AT_MOST, EDITS_AT_MOST + 7, 7)


def test_without_changes_there_is_no_such_part(tmp_path):
    assert read_changes(make_net_result(tmp_path / "one")) is None
    assert read_changes(changed(tmp_path / "two", [])) is None
