"""Choose the threshold of two classes on the out-of-fold rows."""

from __future__ import annotations

import dataclasses

import numpy as np

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.preprocessing import ClassTarget, Target
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.threshold_curve import ThresholdCurve
from deltarule.table_model.threshold_rule import (
    BALANCED_ACCURACY,
    F1,
    ThresholdRule,
    read_threshold,
)


def positive_class(target: Target, settings: TableSettings) -> int:
    """Return the number of the positive class: the second of two, unless the settings name one.

    Raises `SettingError` if the settings name a class or a threshold, and the target does not have two
    classes or not this one.
    """
    for name in ("positive_class", "threshold"):
        if getattr(settings, name) is not None and len(target.classes) != 2:
            found = f"{len(target.classes)} classes" if target.classes else "numbers"
            raise SettingError(
                name, f"applies to a target of two classes, but {target.name!r} holds {found}"
            )
    if settings.positive_class is None:
        return 1
    assert isinstance(target, ClassTarget)
    named = target.class_number(settings.positive_class)  # may be a number or a boolean in Python
    if named is None:
        raise SettingError(
            "positive_class",
            f"must be {target.classes[0]!r} or {target.classes[1]!r}, the classes of {target.name!r}",
            settings.positive_class,
            checks.did_you_mean(str(settings.positive_class), target.classes),
        )
    return named


def with_threshold(
    calibration: Calibration, curve: ThresholdCurve | None, settings: TableSettings
) -> Calibration:
    """Return the calibration with the threshold that the settings ask for.

    `curve` is that of the out-of-fold rows; None where no row has an out-of-fold prediction.
    """
    if settings.threshold is None:
        return calibration
    rule = read_threshold(settings.threshold)
    if isinstance(rule, ThresholdRule):
        if curve is None or not (curve.positives > 0 and curve.negatives > 0):
            raise SettingError(
                "threshold",
                "cannot be chosen without validation rows of both classes",
                settings.threshold,
                "Add rows, or give a number such as 0.3.",
            )
        rule = best_threshold(curve, rule)
    return dataclasses.replace(calibration, threshold=rule)


def best_threshold(curve: ThresholdCurve, rule: ThresholdRule) -> float:
    """Return the threshold with the best score, in the middle between two probabilities of the rows.

    Among equally good ones it is the nearest to `rule.neutral_threshold`.
    """
    if rule.score == F1:
        quality = curve.f1
    elif rule.score == BALANCED_ACCURACY:
        quality = curve.balanced_accuracy
    else:
        quality = -curve.cost(rule.false_negative, rule.false_positive)
    upper = np.minimum(curve.thresholds, 1.0)
    lower = np.append(curve.thresholds[1:], 0.0)
    possible = lower < upper  # no threshold separates rows of probability 1 from none
    best = quality >= quality[possible].max() - 1e-12
    middle = (upper + lower) / 2
    near = np.where(best & possible, np.abs(middle - rule.neutral_threshold), np.inf)
    place = int(near.argmin())
    rounded = round(float(middle[place]), 3)
    return rounded if lower[place] < rounded <= upper[place] else float(middle[place])
