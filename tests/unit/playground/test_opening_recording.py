"""The recording that the website plays until Python has loaded."""

from __future__ import annotations

import base64
import json

import numpy as np

from deltarule.playground.exporting.opening_recording import OUTPUT_STEP, opening_recording
from deltarule.playground.workspace import Workspace


def test_it_is_the_first_seconds_of_the_default_experiment() -> None:
    recorded = json.loads(opening_recording("wasm"))
    hello, state, _ = (content for content, _ in recorded["messages"])
    assert (hello["engine"], state["fragment"]) == ("wasm", "")
    epochs = [content["epoch"] for content, _ in recorded["frames"]]
    assert epochs[0] == 0
    assert epochs == sorted(set(epochs))
    workspace = Workspace()
    workspace.run.train(epochs[-1])
    frame = workspace.frame(sequence=1, playing=True, epochs_per_second=10.0)
    content, body = recorded["frames"][-1]
    assert content["validation_loss"] == frame.content["validation_loss"]
    assert content["arrays"] == frame.content["arrays"]
    begin = content["arrays"]["outputs"]["offset"]
    played, whole = base64.b64decode(body), frame.body
    assert whole is not None
    assert played[:begin] == whole[:begin]
    difference = np.frombuffer(whole[begin:], "<u2").astype(int) - np.frombuffer(
        played[begin:], "<u2"
    )
    assert 0 <= difference.min() <= difference.max() < OUTPUT_STEP
