"""Python code that recreates an experiment's data: X, y and the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltarule.errors import SettingError
from deltarule.playground.digits import PixelEncoder
from deltarule.playground.prepared_data import MAX_ROWS, PlainEncoder
from deltarule.playground.table_sources import TableSource
from deltarule.playground.toy_datasets import FEATURES_BY_NAME, ToyEncoder
from deltarule.playground.training_run import TrainingRun

_MAKERS = {
    "circles": ("make_circles", "{rows}, {noise}, seed={seed}"),
    "xor": ("make_xor", "{rows}, {noise}, seed={seed}"),
    "spirals": ("make_spirals", "{rows}, {noise}, seed={seed}"),
    "moons": ("make_moons", "{rows}, {noise}, seed={seed}"),
    "blobs": ("make_blobs", "{rows}, 2, {noise} + 0.05, seed={seed}"),
    "blobs4": ("make_blobs", "{rows}, 4, {noise} + 0.05, seed={seed}"),
    "plane": ("make_plane", "{rows}, {noise}, seed={seed}"),
    "hills": ("make_hills", "{rows}, {noise}, seed={seed}"),
}


@dataclass(frozen=True)
class DataCode:
    """Sorted `imports`, and `lines` that define X (rows, features), y (rows,) and split."""

    imports: tuple[str, ...]
    lines: tuple[str, ...]


def data_code(run: TrainingRun, source: TableSource | None) -> DataCode:
    """Return the code of a run's data; raise `SettingError` if the data are in no file."""
    if isinstance(run.prepared.encoder, ToyEncoder):
        return _points(run)
    if isinstance(run.prepared.encoder, PixelEncoder):
        lines = ("X, y = load_digits()", "X = X / 16", _split(run, "y"))
        sources = (
            "from deltarule.playground.digits import load_digits",
            "from deltarule.splitting import split_rows",
        )
        return DataCode(sources, lines)
    if isinstance(run.prepared.encoder, PlainEncoder):
        raise SettingError.message(
            "These rows came from a notebook and are not in a file: export the model "
            "instead, or repeat with the estimator."
        )
    return _table(run, source)


def listed(values: Sequence[str]) -> str:
    """Return names as a Python list."""
    return f"[{', '.join(repr(value) for value in values)}]"


def _points(run: TrainingRun) -> DataCode:
    data = run.experiment.data
    encoder = run.prepared.encoder
    assert isinstance(encoder, ToyEncoder)
    if data.source == "drawn":
        source = "from deltarule.playground.drawn_points import drawn_dataset"
        first = f"_, X, y = drawn_dataset({data.points!r})"
    else:
        maker, arguments = _MAKERS[data.name]
        call = arguments.format(rows=data.rows, noise=data.noise, seed=data.seed)
        source = f"from deltarule.insight import {maker}"
        first = f"X, y = {maker}({call})"
    features = ", ".join(FEATURES_BY_NAME[name].formula for name in encoder.names)
    lines = [first]
    if encoder.names != ("x1", "x2"):
        lines.append(f"X = np.stack([{features}], axis=1)")
    lines.append(_split(run, "y"))
    return DataCode((source, "from deltarule.splitting import split_rows"), tuple(lines))


def _table(run: TrainingRun, source: TableSource | None) -> DataCode:
    data, prepared = run.experiment.data, run.prepared
    name = prepared.target.name
    imports = [
        "from deltarule.data import read_table",
        "from deltarule.preprocessing import TableEncoder, fit_target",
        "from deltarule.splitting import split_rows",
    ]
    if source is None:
        imports = [
            "from deltarule.playground.toy_datasets import iris_table",
            "from deltarule.preprocessing import TableEncoder, fit_target",
            "from deltarule.splitting import split_rows",
        ]
        lines = ["table = iris_table()"]
    else:
        file = f"read_table({source.name!r})  # the path of your file"
        lines = [f"table = {source.code or file}"]
    task = "classification" if source is None else data.task
    lines += [
        f"fitted = fit_target(table, {name!r}, task={task!r})",
        "rows, target = fitted.rows, fitted.target",
    ]
    if source is not None and source.table.rows > MAX_ROWS:
        lines += [
            f"chosen = np.random.default_rng({data.seed}).choice(len(rows), {MAX_ROWS}, replace=False)",
            "rows = rows[np.sort(chosen)]",
        ]
    lines += ["table = table.select(rows)", f"y = target.encode(table[{name!r}])", _split(run, "y")]
    if not prepared.classes:
        lines += [
            "target = target.fit(y[split.training])",
            f"y = target.encode(table[{name!r}])",
        ]
    picked = ""
    if data.features:
        others = [n for n in prepared.table.names if n not in (*data.features, name)]
        picked = f", drop={listed(others)}, keep={listed(data.features)}"
    lines += [
        f"encoder = TableEncoder.fit(table, {name!r}{picked}, rows=split.training)",
        "X = encoder.transform(table)",
    ]
    return DataCode(tuple(imports), tuple(lines))


def _split(run: TrainingRun, y: str) -> str:
    data = run.experiment.data
    stratify = bool(run.prepared.classes)
    return (
        f"split = split_rows({y}, fractions=({data.validation_share}, 0.0), seed={data.seed}, "
        f"stratify={stratify})"
    )
