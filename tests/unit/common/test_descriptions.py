"""Every member of every family: equal after JSON and back, found by name, refused when it is odd."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from deltarule._common.descriptions import Description, Family
from deltarule.activations import ACTIVATIONS, LeakyReLU, ReLU, SiLU
from deltarule.embeddings import COLUMN_EMBEDDINGS, Category, Periodic, PiecewiseLinear, Plain
from deltarule.errors import ModelFileError, SettingError
from deltarule.initializers import INITIALIZERS, Glorot
from deltarule.layers import LAYERS, Dense, Dropout, Embedding, Scale
from deltarule.losses import LOSSES, CategoricalCrossEntropy, Huber
from deltarule.optimizers import OPTIMIZERS, Adam, AdamW, GradientDescent, Nadam
from deltarule.sampling import SAMPLINGS, MiniBatches
from deltarule.schedules import SCHEDULES, Cosine, CosineCycles, FlatCosine, OnPlateau, WarmUp
from deltarule.stopping import (
    STOPPING_RULES,
    NoProgress,
    NoProgressInCycle,
    TargetReached,
    TimeLimit,
)

FAMILIES = (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    INITIALIZERS,
    SAMPLINGS,
    STOPPING_RULES,
    LAYERS,
    COLUMN_EMBEDDINGS,
)

NEEDS_SETTINGS = {
    "target_reached": {"target": 0.25},
    "time_limit": {"seconds": 2.5},
    "no_progress_in_cycle": {"cycles": 4, "epochs": 30},
    "dense": {"units": 3},
    "embedding": {"columns": (Plain(), Periodic(), Category(5, 2))},
}

ODD_VALUES: tuple[Any, ...] = ([], {}, "text", None, -1e400, [[1]], True, 10**400, -1, 0, 0.5)

EXAMPLES: tuple[tuple[Family[Any], Description], ...] = (
    *(
        (family, member(**NEEDS_SETTINGS.get(kind, {})))
        for family in FAMILIES
        for kind, member in family.members.items()
    ),
    (ACTIVATIONS, LeakyReLU(0.2)),
    (OPTIMIZERS, Adam(Cosine(0.1, 0.001), clip_norm=2.0)),
    (OPTIMIZERS, Nadam(WarmUp(OnPlateau(monitor="validation_score"), 2.5), momentum_decay=0.0)),
    (INITIALIZERS, Glorot("normal")),
    (SAMPLINGS, MiniBatches(7, shuffle=False)),
    (STOPPING_RULES, NoProgress(3, 1e-3, "training_score", cumulative=False)),
    (STOPPING_RULES, NoProgressInCycle(5, 100, 3, 0.5, "training_score")),
    (LAYERS, Dense(4, LeakyReLU(0.3), False, "he", "zeros", 1e-3, 1e-4, 2.0, "wide")),
    (LAYERS, Dropout(0.25, "noise")),
    (
        LAYERS,
        Dense(4, "selu", parameterization="ntk", learned_activation=True, bias_rate_factor=0.1),
    ),
    (LAYERS, Dense(4, sharing="factors", factor_initializer="signs")),
    (LAYERS, Dropout(FlatCosine(0.2))),
    (LAYERS, Scale(6.0, 0.5)),
    (LAYERS, Embedding([PiecewiseLinear((0.0, 1.5, 2.0)), Periodic(rate_factor=0.1)])),
    (LOSSES, CategoricalCrossEntropy(FlatCosine(0.1))),
    (OPTIMIZERS, AdamW(CosineCycles(0.04), FlatCosine(0.02))),
)


@pytest.mark.parametrize(("family", "description"), EXAMPLES, ids=lambda value: str(value)[:60])
def test_equal_after_json_and_back(family: Family[Any], description: Description) -> None:
    text = json.dumps(description.to_json(), allow_nan=False)
    again = family.from_json(json.loads(text), "file")
    assert again == description
    assert type(again) is type(description)
    assert again.to_json() == description.to_json()
    assert hash(again) == hash(description)


def test_unused_optional_settings_are_omitted() -> None:
    """A plain layer is written as before there was more, and read as before."""
    data = Dense(4, "relu").to_json()
    assert set(data) == {
        "kind", "name", "units", "activation", "bias", "initializer", "bias_initializer", "l1", "l2",
        "max_norm",
    }  # fmt: skip
    assert Dense(4, "relu", parameterization="ntk").to_json()["parameterization"] == "ntk"


@pytest.mark.parametrize(("family", "description"), EXAMPLES, ids=lambda value: str(value)[:60])
def test_prints_as_the_call_that_makes_it(family: Family[Any], description: Description) -> None:
    nested: tuple[Any, ...] = (ACTIVATIONS, INITIALIZERS, SCHEDULES, COLUMN_EMBEDDINGS)
    if family in (OPTIMIZERS, LOSSES):
        nested = (SCHEDULES,)
    members = [m for f in (*nested, family) for m in f.members.values()]
    made = eval(repr(description), {member.__name__: member for member in members})
    assert made == description


@pytest.mark.parametrize(("family", "description"), EXAMPLES, ids=lambda value: str(value)[:60])
def test_an_unknown_or_missing_key_is_an_error(
    family: Family[Any], description: Description
) -> None:
    data = description.to_json()
    with pytest.raises(ModelFileError, match=r"^file has unknown keys: 'odd'\."):
        family.from_json(data | {"odd": 1}, "file")
    for name in set(data) - {"kind", *description.optional}:
        less = {key: value for key, value in data.items() if key != name}
        with pytest.raises(ModelFileError, match=rf"^file has no key '{name}'\."):
            family.from_json(less, "file")


@pytest.mark.parametrize(("family", "description"), EXAMPLES, ids=lambda value: str(value)[:60])
def test_a_setting_of_another_type_is_a_file_error_or_allowed(
    family: Family[Any], description: Description
) -> None:
    """Any file content gives a description or a ModelFileError."""
    data = description.to_json()
    for name in data:
        for value in ODD_VALUES:
            with suppress(ModelFileError):
                made = family.from_json(data | {name: value}, "file")
                assert isinstance(made, Description)
                json.dumps(made.to_json(), allow_nan=False)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.noun)
def test_members_are_found_by_name_in_any_case(family: Family[Any]) -> None:
    for kind, member in family.members.items():
        if kind in NEEDS_SETTINGS:
            with pytest.raises(SettingError, match=r"has required settings. Pass .*\(.+=\.\.\.\)"):
                family.resolve(kind, "owner")
            continue
        for name in (kind, kind.upper(), *member.aliases):
            assert family.resolve(name, "owner") == member()
        assert family.resolve(member(), "owner") == member()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.noun)
@pytest.mark.parametrize(
    "value", ["nothing like it", 3, None, ReLU, object()], ids=lambda value: str(value)[:12]
)
def test_an_unknown_name_is_refused_with_the_list(family: Family[Any], value: Any) -> None:
    with pytest.raises(SettingError) as caught:
        family.resolve(value, "Some.setting")
    sentence = str(caught.value)
    assert sentence.startswith(f"`Some.setting` must be one of {', '.join(family.names)}")
    assert repr(value) in sentence


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(SettingError, match=r"got 'rleu'\. Did you mean 'relu'\?"):
        ACTIVATIONS.resolve("rleu", "Dense.activation")
    with pytest.raises(SettingError, match=r"Did you mean 'mean_squared_error'\?"):
        LOSSES.resolve("mean_square_error", "loss")


def test_names_of_other_libraries_work() -> None:
    assert ACTIVATIONS.resolve("swish", "a") == SiLU()
    assert OPTIMIZERS.resolve("sgd", "o") == GradientDescent()
    for name in ("mse", "sparse_categorical_crossentropy", "binary_crossentropy", "log_loss"):
        assert isinstance(LOSSES.resolve(name, "l"), Description)


def test_a_member_of_another_family_is_refused() -> None:
    with pytest.raises(SettingError, match=r"`loss` must be one of .*; got ReLU\(\)"):
        LOSSES.resolve(ReLU(), "loss")  # type: ignore[arg-type]


def test_a_file_can_only_name_registered_members() -> None:
    sentences = {
        "must be one of identity, .*; got 'os.system'": {"kind": "os.system"},
        "file.kind must be text, got None": {"kind": None},
        r"file.kind must be text, got \['relu'\]": {"kind": ["relu"]},
        "file has no key 'kind'": {},
    }
    for sentence, data in sentences.items():
        with pytest.raises(ModelFileError, match=sentence):
            ACTIVATIONS.from_json(data, "file")
    with pytest.raises(ModelFileError, match="file must be an object with keys, got 'relu'"):
        ACTIVATIONS.from_json("relu", "file")


def test_errors_in_nested_descriptions_name_the_place() -> None:
    data = Adam(Cosine()).to_json()
    data["learning_rate"]["kind"] = "zigzag"
    with pytest.raises(
        ModelFileError, match=r"^file.learning_rate.kind must be one of .*; got 'zigzag'"
    ):
        OPTIMIZERS.from_json(data, "file")


def test_an_impossible_setting_in_a_file_is_a_file_error() -> None:
    data = Huber().to_json() | {"delta": -1}
    with pytest.raises(
        ModelFileError, match=r"^file: `Huber.delta` must be greater than 0, got -1"
    ):
        LOSSES.from_json(data, "file")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: NoProgress(0), "`NoProgress.patience_epochs` must be at least 1, got 0."),
        (
            lambda: NoProgress(2.5),  # type: ignore[arg-type]
            "`NoProgress.patience_epochs` must be an integer of at least 1, got 2.5.",
        ),
        (lambda: NoProgress(3, -1), "`NoProgress.min_improvement` must be at least 0, got -1."),
        (
            lambda: NoProgress(monitor="val_loss"),
            "`NoProgress.monitor` must be one of training_loss, validation_loss, training_score, "
            "validation_score; got 'val_loss'. Did you mean 'validation_loss'?",
        ),
        (lambda: NoProgress(cumulative=1), "`NoProgress.cumulative` must be True or False, got 1."),  # type: ignore[arg-type]
        (
            lambda: NoProgressInCycle(4, 20, first_cycle=4),
            "`NoProgressInCycle.first_cycle` must be between 1 and 3, got 4.",
        ),
        (
            lambda: NoProgressInCycle(4, 20, late_share=1.5),
            "`NoProgressInCycle.late_share` must be greater than 0 and at most 1, got 1.5.",
        ),
        (
            lambda: FlatCosine(flat_share=0.5, end_share=0.5),
            "`FlatCosine.flat_share` must be at least 0 and less than 0.5, got 0.5.",
        ),
        (lambda: TargetReached(float("nan")), "`TargetReached.target` must be a finite number, got nan."),
        (lambda: TimeLimit(0), "`TimeLimit.seconds` must be greater than 0, got 0."),
        (lambda: MiniBatches(0), "`batch_size` must be at least 1, got 0. Typical: 16 to 256."),
        (lambda: MiniBatches(-3), "`batch_size` must be at least 1, got -3. Typical: 16 to 256."),
        (
            lambda: OnPlateau(factor=1.0),
            "`OnPlateau.factor` must be greater than 0 and less than 1, got 1.0.",
        ),
    ],
)  # fmt: skip
def test_settings_out_of_range(make: Any, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        make()
    assert str(caught.value) == sentence
