#!/usr/bin/env python3
"""Compare one network from shards with one machine and with an ensemble without communication.

python benchmarks/sharded_training.py --tables FOLDER            losses after equal visits of rows
python benchmarks/sharded_training.py --tables FOLDER --part speed    rows per second, on a quiet machine

FOLDER holds the tables as `table_data.py` describes. Each method visits every row once per epoch, with
the same network, batches, Adam and cosine schedule. Losses are those on held-out rows, of the best epoch,
at the best of the learning rates for each method, mean of the seeds:

    one machine     `fit` on the whole block file
    averaged        `fit_sharded`
    once            the shards train alone from the same weights, which are averaged at the end
    ensemble        the shards train alone from different weights, and their predictions are averaged

Losses do not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from block_files import drawn
from machine import describe

import deltarule as dr
from deltarule.engines import BlockFileData, get_engine
from deltarule.engines.block_range import BlockRange

RATES = (0.003, 0.01, 0.03)
SHARDS = (2, 8)
MAX_LEVELS = 30
DRAWN_ROWS, HELD_OUT = 400_000, 25_000
EPOCHS = {"generated": 5, "covertype_20k": 20, "california_housing": 20, "higgs_7500": 10,
          "kddcup99_10pct": 4}  # fmt: skip
SPEED_ROWS, SPEED_EPOCHS = 4_000_000, 2


@dataclass(frozen=True)
class Table:
    """Rows in a block file, the network that learns them, and how."""

    rows: BlockFileData
    network: dr.Network
    batch_size: int
    epochs: int

    @property
    def loss(self) -> Any:
        """The loss of the output."""
        kind = self.network.output_layer.activation.kind
        names = {"sigmoid": "binary_cross_entropy", "softmax": "categorical_cross_entropy"}
        return dr.losses.LOSSES.resolve(names.get(kind, "mean_squared_error"), "loss")

    def settings(self, rate: float, seed: int) -> dict[str, Any]:
        """Return the arguments that all methods share."""
        return {
            "network": self.network,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "optimizer": dr.optimizers.Adam(dr.schedules.Cosine(rate)),
            "validation_data": self.rows.validation,
            "loss": self.loss,
            "score": False,
            "seed": seed,
            "threads": 1,
        }


def network(inputs: int, output: dr.Dense) -> dr.Network:
    """Return a network with two hidden layers."""
    return dr.Network([dr.Dense(64, "relu"), dr.Dense(64, "relu"), output], inputs)


def generated(folder: Path, rows: int = DRAWN_ROWS) -> Table:
    """Write rows with two classes, those of `block_files.py`."""
    total = rows + HELD_OUT
    data = BlockFileData.write(
        folder / "generated.blocks", drawn(total, 28), validation_fraction=HELD_OUT / total
    )
    return Table(data, network(28, dr.Dense(1, "sigmoid")), 256, EPOCHS["generated"])


def from_folder(tables: Path, name: str, folder: Path) -> Table:
    """Write a real table: numbers standardized, frequent levels of texts as columns of their own."""
    from table_data import entries, load

    [entry] = entries(tables, [name])
    X, y = load(entry, 400_000)
    parts = []
    for column in X:
        if X[column].dtype == object:
            levels = X[column].value_counts().index[:MAX_LEVELS]
            parts.append(np.stack([X[column] == level for level in levels], axis=1))
        else:
            values = X[column].to_numpy(np.float64, copy=True)
            values[np.isnan(values)] = np.nanmedian(values)
            spread = values.std()
            if spread > 0:
                parts.append(np.clip((values - values.mean()) / spread, -5, 5)[:, None])
    inputs = np.concatenate(parts, axis=1).astype(np.float32)
    if entry.task == "regression":
        targets = ((y - y.mean()) / y.std()).to_numpy(np.float32)
        output = dr.Dense(1)
    else:
        classes, targets = np.unique(y.to_numpy(str), return_inverse=True)
        output = dr.Dense(len(classes), "softmax")
    # Small blocks, because the smallest table has 7,500 rows.
    data = BlockFileData.write(
        folder / f"{name}.blocks", [(inputs, targets)], validation_fraction=0.25, block_rows=128
    )
    batch = 256 if len(X) > 100_000 else 64
    return Table(data, network(inputs.shape[1], output), batch, EPOCHS[name])


def one_machine(table: Table, rate: float, seed: int) -> float:
    """Return the loss of `fit`."""
    result = dr.fit(X=table.rows, **table.settings(rate, seed))
    return float(result.history.validation_loss.min())


def averaged(
    table: Table, rate: float, seed: int, shards: int, rounds: int | None, momentum: float
) -> float:
    """Return the loss of `fit_sharded`."""
    result = dr.fit_sharded(
        X=table.rows,
        shards=shards,
        rounds_per_epoch=rounds,
        outer_momentum=momentum,
        **table.settings(rate, seed),
    )
    return float(result.history.validation_loss.min())


def alone(table: Table, rate: float, seed: int, shards: int, *, same_start: bool) -> list[Any]:
    """Return a network of each shard, trained without the others."""
    blocks = table.rows.file.layout.blocks("training")
    borders = [blocks * shard // shards for shard in range(shards + 1)]
    settings = table.settings(rate, seed)
    if same_start:
        first = dr.fit(X=table.rows, **settings | {"epochs": 1, "validation_data": None})
        settings["initial_parameters"] = dr.initialization.initial_parameters(
            first.network.network, seed, "float32"
        )
        settings["keep_best"] = None
    return [
        dr.fit(
            X=BlockRange.of(table.rows, *borders[i : i + 2]),
            **settings | {"seed": 1000 * (seed + 1) + i},
        ).network
        for i in range(shards)
    ]


def once(table: Table, rate: float, seed: int, shards: int) -> float:
    """Return the loss of the mean of the weights at the end."""
    networks = alone(table, rate, seed, shards, same_start=True)
    flat = np.mean([each.parameters.flat().astype(np.float64) for each in networks], axis=0)
    parameters = dr.parameters.from_flat(networks[0].network, flat.astype(np.float32))
    classes = table.rows.validation.with_class_numbers(table.loss.kind.startswith("categorical"))
    found = get_engine("native").evaluate(networks[0].network, parameters, table.loss, classes)
    return float(found[0])


def ensemble(table: Table, rate: float, seed: int, shards: int) -> float:
    """Return the loss of the mean of the predictions."""
    validation = table.rows.validation
    networks = alone(table, rate, seed, shards, same_start=False)
    mean = np.mean([each.predict(validation).astype(np.float64) for each in networks], axis=0)
    some = validation.empty(validation.n_rows)
    validation.gather(np.arange(validation.n_rows), some)
    targets = some.targets.ravel()
    if table.loss.kind == "mean_squared_error":
        return float(np.mean((mean[:, 0] - targets) ** 2))
    truth = mean[np.arange(len(mean)), targets] if mean.shape[1] > 1 else mean[:, 0]
    if mean.shape[1] == 1:
        truth = np.where(targets > 0.5, truth, 1 - truth)
    return float(-np.mean(np.log(np.maximum(truth, 1e-7))))


def methods() -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """Yield the name of each method, its function and further arguments."""
    yield "one machine", one_machine, ()
    for shards in SHARDS:
        for rounds in (1, None):
            for momentum in (0.0, 0.5):
                how = "a round an epoch" if rounds else "rounds by default"
                name = f"{shards} shards, {how}, momentum {momentum}"
                yield name, averaged, (shards, rounds, momentum)
        yield f"{shards} shards, averaged once", once, (shards,)
        yield f"{shards} shards, ensemble", ensemble, (shards,)


def losses(options: argparse.Namespace, folder: Path) -> None:
    """Print the losses of all methods on all tables."""
    for name in options.names:
        table = (
            generated(folder) if name == "generated" else from_folder(options.tables, name, folder)
        )
        print(
            f"{name}: {table.rows.n_rows:,} rows, {table.rows.n_inputs} inputs, {table.epochs} epochs, "
            f"batches of {table.batch_size}",
            flush=True,
        )
        best = None
        for method, function, more in methods():
            found = [
                np.array([function(table, rate, seed, *more) for seed in range(options.seeds)])
                for rate in RATES
            ]
            means = [values.mean() for values in found]
            place = int(np.argmin(means))
            best = means[place] if best is None else best
            at = "  ".join(f"{rate:g}: {mean:.4f}" for rate, mean in zip(RATES, means, strict=True))
            print(
                f"  {method:46} {means[place]:.4f} ± {found[place].std():.4f}  "
                f"{means[place] / best - 1:+7.1%}  {at}",
                flush=True,
            )


def speed(options: argparse.Namespace, folder: Path) -> None:
    """Print rows per second of one machine and of worker processes."""
    table = generated(folder, options.rows)
    settings = table.settings(0.01, 0) | {"epochs": SPEED_EPOCHS, "validation_data": None}
    visits = SPEED_EPOCHS * table.rows.n_rows
    elapsed = dr.fit(X=table.rows, **settings).history["elapsed_s"]
    one = visits / float(elapsed[-1])
    print(
        f"{table.rows.n_rows:,} rows, {SPEED_EPOCHS} epochs, one thread for each network or shard"
    )
    print(f"  one machine           {one:12,.0f} rows/s")
    del settings["threads"]
    spawn = multiprocessing.get_context("spawn")
    for workers in options.workers:
        with ProcessPoolExecutor(workers, mp_context=spawn) as executor:
            list(executor.map(time.sleep, [0.1] * 4 * workers))
            small = table.settings(0.01, 0) | {"epochs": 1, "validation_data": None}
            del small["threads"]
            dr.fit_sharded(X=table.rows, executor=executor, **small)  # imports, digests
            elapsed = dr.fit_sharded(X=table.rows, executor=executor, **settings).history[
                "elapsed_s"
            ]
        rate = visits / float(elapsed[-1])
        print(
            f"  {workers} workers, 8 shards    {rate:12,.0f} rows/s, {rate / one:.2f} times one machine"
        )


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tables", type=Path, help="the folder of the real tables")
    parser.add_argument("--names", nargs="+", choices=EPOCHS, default=list(EPOCHS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--part", choices=("losses", "speed"), default="losses")
    parser.add_argument("--rows", type=int, default=SPEED_ROWS, help="of the speed")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    print(describe().description)
    with tempfile.TemporaryDirectory() as folder:
        (losses if options.part == "losses" else speed)(options, Path(folder))


if __name__ == "__main__":
    main()
