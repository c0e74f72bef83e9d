"""The fields of `TableSettings` are the only list of settings; the estimators agree with it."""

from __future__ import annotations

import inspect

import pytest

import deltarule as dr
from deltarule.data.read_options import CELL_OPTION_NAMES
from deltarule.errors import SettingError
from deltarule.table_model import TableSettings
from deltarule.table_model.setting_info import setting_infos

INFOS = setting_infos(TableSettings)


@pytest.mark.parametrize("name", ["TabularClassifier", "TabularRegressor"])
def test_estimators_have_the_settings_with_the_same_defaults(name):
    estimators = pytest.importorskip("deltarule.estimators")
    parameters = inspect.signature(getattr(estimators, name)).parameters
    shared = {setting for setting, info in INFOS.items() if info.in_estimators}
    shared -= set() if name == "TabularClassifier" else {"class_weight", "threshold"}
    others = {*CELL_OPTION_NAMES, "by", "tune", "random_state", "n_jobs", "engine"}
    assert set(parameters) == shared | others
    for setting in shared:
        assert parameters[setting].default == getattr(TableSettings, setting)


@pytest.mark.parametrize("name", [n for n, info in INFOS.items() if info.bounds])
def test_bounds_are_checked(name):
    info = INFOS[name]
    low = info.above if info.at_least is None else info.at_least - 1
    value = (low,) if info.kind == "layer sizes" else low
    with pytest.raises(SettingError, match=name):
        TableSettings(**{name: value})


@pytest.mark.parametrize("name", list(INFOS))
def test_every_setting_has_a_short_help(name):
    info = INFOS[name]
    assert 0 < len(info.help) <= 80
    assert not info.help.removesuffix("...").endswith(".")


def test_none_drops_and_keeps_no_column():
    assert TableSettings(drop=None, keep=None) == TableSettings()


@pytest.mark.parametrize("names", [5, True, [["a"]]])
def test_names_that_are_none_are_refused(names):
    with pytest.raises(
        SettingError, match="`drop` must be the name of a column, or a list of names"
    ):
        TableSettings(drop=names)


def test_several_targets_are_refused_in_a_sentence():
    with pytest.raises(SettingError, match="`target` must be the name of one column, got") as error:
        dr.train({"a": [*range(20)], "b": [*range(20)], "c": [*range(20)]}, target=["a", "b"])
    assert "a model for each of several targets" in str(error.value)
