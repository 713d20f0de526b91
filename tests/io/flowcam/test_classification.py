from __future__ import annotations

import pytest

from pelagia.core.errors import BadInput
from pelagia.io.flowcam.classification import parse_classifications

TEXT = "v3\n2\ntest\n2\nJunk\nOR\n1\nC:\\filters\\junk.flt\n3\n9\n13\n14\nProtist\nAND\n0\n2\n1\n9\nempty\n0\n"


def test_classes_and_their_particles_are_read() -> None:
    test, empty = parse_classifications(TEXT.encode(), "run.cla")
    assert (test.name, empty.name, empty.classes) == ("test", "empty", ())
    assert [(group.name, group.particle_ids) for group in test.classes] == [("Junk", (9, 13, 14)), ("Protist", (1, 9))]
    assert test.classes[0].filters == (r"C:\filters\junk.flt",)


def test_a_particle_in_two_classes_keeps_the_first() -> None:
    assert parse_classifications(TEXT.encode(), "run.cla")[0].labels() == {
        9: "Junk",
        13: "Junk",
        14: "Junk",
        1: "Protist",
    }


@pytest.mark.parametrize("text", ["", "v2\n1\n", "v3\n", "v3\n1\nname\n1\nJunk\nOR\n0\n2\n1\n", "v3\n1\nname\nmany\n"])
def test_another_version_or_a_short_file_is_told(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_classifications(text.encode(), "run.cla")
    assert caught.value.code == "classification-unreadable"
    assert caught.value.file == "run.cla"
