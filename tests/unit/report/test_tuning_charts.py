"""Charts of a search: what they draw, and importance against hand calculations."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from deltarule.report.tuning_charts import (
    drawn_axes,
    first_losses,
    importance_bars,
    parallel_coordinates,
    setting_importances,
    trial_values,
)

VALUES = {
    "hidden": [160, 160], "activation": "selu", "learned_activation": True, "numbers": "both",
    "embedding_width": 4, "category_width": 8, "learning_rate": 0.04, "weight_decay": 0.02,
    "dropout": 0.15, "label_smoothing": 0.0, "batch_size": 64,
}  # fmt: skip


def trial(number, losses, votes=0, **values):
    return {
        "number": number, "losses": losses, "votes": votes, "epochs": 3, "networks": 1, "seconds": 1.0,
        "rungs": 4, "values": {**VALUES, **values},
    }  # fmt: skip


def test_axes_are_the_settings_that_differ():
    trials = [trial(0, [1.0]), trial(1, [2.0], hidden=[64] * 3, dropout=0.2)]
    assert drawn_axes(trials) == ["layers", "units", "dropout"]
    assert trial_values(trials[1])["units"] == 64
    assert trial_values(trial(2, [1.0], hidden=[]))["layers"] == 0


def test_a_line_for_each_trial_that_can_be_compared():
    trials = [
        trial(0, [None, 0.5], dropout=0.15),  # the default was trained on other rows
        *(trial(i, [float(i)], dropout=i / 20, votes=int(i == 2)) for i in range(1, 6)),
        trial(6, [None], dropout=0.3),  # diverged
    ]
    chart = ElementTree.fromstring(parallel_coordinates(trials))
    lines = [node for node in chart.iter("path") if "trial" in (node.get("class") or "").split()]
    drawn = [node for node in lines if node.find("title") is not None]
    assert len(drawn) == 5
    assert drawn[-1].get("class") == "trial voter"  # on top
    assert drawn[-1].find("title").text.startswith("Trial 2: layers 2, units 160")
    compared, losses = first_losses(trials)
    assert [one["number"] for one in compared] == [1, 2, 3, 4, 5]
    assert losses.tolist() == [1, 2, 3, 4, 5]


def test_the_best_loss_is_at_the_top():
    trials = [trial(i, [loss], dropout=i / 10) for i, loss in enumerate((3.0, 1.0, 2.0))]
    chart = ElementTree.fromstring(parallel_coordinates(trials))
    ends = {
        node.find("title").text.split(":")[0]: float(node.get("d").split()[-1])
        for node in chart.iter("path")
        if node.find("title") is not None
    }
    assert ends["Default, other seed"] < ends["Trial 2"] < ends["Default"]


def test_a_setting_that_decides_explains_everything():
    trials = [
        trial(i, [1.0 if i % 2 else 2.0 + i / 1000], activation="relu" if i % 2 else "selu",
              dropout=math.sin(i))
        for i in range(40)
    ]  # fmt: skip
    found = dict(setting_importances(trials))
    ranks = np.argsort(np.argsort([t["losses"][0] for t in trials], kind="stable"))
    # Two halves of ranks 0–19 and 20–39: between them 400 · 40 / 4 of a total of (40³ − 40) / 12.
    assert sorted(ranks[::2]) == [*range(20, 40)]
    between, total = 40 * 10.0**2, (40**3 - 40) / 12
    within = total - between
    assert found["activation"] == pytest.approx((between - within / 38) / total)
    assert found["dropout"] < 0.2
    assert next(iter(found)) == "activation"


def test_noise_explains_about_nothing():
    random = np.random.default_rng(0)
    shares = []
    for _ in range(40):
        trials = [
            trial(i, [float(random.normal())], dropout=float(random.uniform()), batch_size=2 ** (i % 3))
            for i in range(64)
        ]  # fmt: skip
        shares.append(dict(setting_importances(trials))["dropout"])
    assert np.mean(shares) < 0.04


def test_few_trials_say_nothing():
    assert setting_importances([trial(i, [float(i)], dropout=i / 20) for i in range(11)]) == []


def test_bars_are_one_for_each_setting():
    chart = ElementTree.fromstring(importance_bars([("dropout", 0.5), ("batch_size", 0.0)]))
    widths = [float(node.get("width")) for node in chart.iter("rect")]
    assert len(widths) == 2
    assert widths[0] > 100 > widths[1]
    assert "batch size" in [node.text for node in chart.iter("text")]
