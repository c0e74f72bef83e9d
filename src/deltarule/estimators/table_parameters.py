"""The settings that are parameters of the table estimators, and what scikit-learn lets them be."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from deltarule.table_model import TableSettings
from deltarule.table_model.setting_info import SettingInfo, setting_infos

SETTINGS = {name: info for name, info in setting_infos(TableSettings).items() if info.in_estimators}
"""The fields of `TableSettings` that are parameters of the estimators."""
_KINDS: dict[str, list[Any]] = {
    "name": [str],
    "column names": ["array-like", str],
    "layer sizes": ["array-like"],
    "class weights": [dict, StrOptions({"balanced"})],
    "threshold": [Interval(Real, 0, 1, closed="neither"), str],
}


def _constraints(name: str, info: SettingInfo) -> list[Any]:
    """Return the constraints of scikit-learn's parameter validation for one setting."""
    rules = list(_KINDS.get(info.kind, []))
    if info.kind in ("number", "integer", "layer sizes"):
        low = info.above if info.at_least is None else info.at_least
        closed = "neither" if info.at_least is None else "left"
        number_type = Real if info.kind == "number" else Integral
        rules.append(Interval(number_type, low, info.below, closed=closed))
    if getattr(TableSettings, name) is None:
        rules.append(None)
    return rules


OF_CLASSIFIERS = ("class_weight", "threshold")
CONSTRAINTS = {name: _constraints(name, info) for name, info in SETTINGS.items()}
