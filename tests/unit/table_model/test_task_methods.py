"""Every task has its target, its methods and its estimator."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.preprocessing import ClassTarget, NumberTarget, Task, target_from_json
from deltarule.table_model.settings import TASKS
from deltarule.table_model.task_methods import METHODS

TARGETS = [ClassTarget("y", ("a", "b")), NumberTarget("y", 1.0, 2.0)]


def test_every_task_is_complete():
    assert {target.task for target in TARGETS} == set(Task) == set(METHODS)
    assert ("auto", *Task) == TASKS
    estimators = pytest.importorskip("deltarule.estimators.table_base")
    assert set(estimators.ESTIMATORS) == set(Task)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_round_trips(target):
    assert target_from_json(target.to_json()) == target
    values = np.array([0, 1, 1])
    restored = target.unstandardize(target.standardize(values))
    np.testing.assert_array_equal(restored, values)
    assert len(target.output_names) == (len(target.classes) or 1)


@pytest.mark.parametrize("target", TARGETS)
def test_perfect_outputs_have_the_smallest_loss(target):
    truth = np.array([0, 1, 1])
    perfect = np.eye(2)[truth] if target.classes else truth[:, None].astype(float)
    wrong = np.eye(2)[1 - truth] if target.classes else 1.0 - truth[:, None]
    methods = METHODS[target.task]
    assert methods.row_losses(perfect, truth) == pytest.approx([0, 0, 0])
    assert (methods.row_losses(wrong, truth) > 0.5).all()
