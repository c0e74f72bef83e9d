"""Programs that people publish, with deltarule and with the peer whose names they use: both agree."""

from __future__ import annotations

from typing import Any

import pytest
from replays.replay import REPLAYS
from replays.test_replays import FACES

# Keras warns where an input shape is given to a layer.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", REPLAYS)
def test_both_agree(keras: Any, name: str) -> None:
    from sklearn import neural_network

    replay = REPLAYS[name]
    peer = replay.program({"keras": keras, "sklearn": neural_network}[replay.peer])
    mine = replay.program(FACES[replay.peer])
    assert mine.same == peer.same, replay.source
    assert mine.score >= peer.score - replay.margin, (mine.score, peer.score)
