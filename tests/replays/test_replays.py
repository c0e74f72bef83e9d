"""Programs that people publish reach their score; `make test-peers` holds them to the peer."""

from __future__ import annotations

import pytest
from replays import keras_books, keras_courses, keras_questions, keras_tutorials, sklearn_programs
from replays.replay import REPLAYS

import deltarule
from deltarule import keras

FACES = {"keras": keras, "sklearn": deltarule}
PROGRAMS = (keras_books, keras_courses, keras_questions, keras_tutorials, sklearn_programs)


def test_there_are_many_of_both_faces() -> None:
    peers = [each.peer for each in REPLAYS.values()]
    assert peers.count("keras") >= 30
    assert peers.count("sklearn") >= 10


@pytest.mark.parametrize("name", REPLAYS)
def test_a_published_program_works(name: str) -> None:
    replay = REPLAYS[name]
    assert replay.program(FACES[replay.peer]).score >= replay.least, replay.source
