"""Batches from generators, `PyDataset` and other iterables, and from arrays in an order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import getattr_static
from itertools import chain, count
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule._common.user_warnings import warn_user
from deltarule.engines.equations import batches
from deltarule.engines.training_plan import TrainingPlan
from deltarule.errors import DataError, SettingError, shortened
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.global_state import next_seed
from deltarule.keras.input_arrays import part

Batch = Any  # (x, y), (x, y, sample_weight), or x
RAN_OUT = (
    "The data ran out before {setting} batches were made, so that there are fewer: give a dataset with "
    "more batches, or a smaller {setting}."
)
_HOLDERS = (list, tuple, dict, str, bytes, set, frozenset, range)


class PyDataset:
    """Base of datasets that make their batches one by one; subclass it.

    `__len__` returns the number of batches and `__getitem__` a batch, (x, y) or (x, y, sample_weight).
    Without `__len__`, batches have no end, and `steps_per_epoch` is needed.
    `on_epoch_begin` and `on_epoch_end` are called once per epoch.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size : optional
        Ignored: each batch is made when it is needed, in this process.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule import keras
    >>> class Noise(keras.utils.PyDataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         x = np.random.default_rng(index).normal(size=(8, 2))
    ...         return x, x.sum(axis=1)
    >>> model = keras.Sequential([keras.Input(2), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(Noise(), epochs=2, verbose=0)
    >>> int(model.optimizer.iterations)
    8
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers, self.use_multiprocessing = workers, use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def num_batches(self) -> int | None:
        """Number of batches; None if `__len__` is not defined."""
        return len(self) if hasattr(self, "__len__") else None

    def __getitem__(self, index: int) -> Any:
        """Return a batch."""
        raise NotImplementedError

    def on_epoch_begin(self) -> None:
        """Run before an epoch."""

    def on_epoch_end(self) -> None:
        """Run after an epoch, for example to shuffle."""


def is_dataset(x: Any) -> bool:
    """Return whether x makes batches, instead of holding rows as an array does."""
    if hasattr(x, "__array__") or hasattr(x, "toarray") or isinstance(x, _HOLDERS):
        return False  # a sparse matrix has toarray
    is_sequence = (hasattr(x, "__getitem__") and hasattr(x, "__len__")) or isinstance(x, PyDataset)
    return hasattr(x, "__iter__") or hasattr(x, "__next__") or is_sequence


def as_dataset(x: Any, others: Mapping[str, Any], shuffle: bool = False) -> Dataset | None:
    """Return x as a `Dataset`, or None if it holds rows; `others`: arguments that only rows allow."""
    if not is_dataset(x):
        return None
    for name, value in others.items():
        if value is not None:
            raise SettingError(
                name,
                "cannot be given when x makes the batches",
                hint="A dataset makes batches (x, y) or (x, y, sample_weight) itself.",
            )
    return Dataset(x, shuffle)


def rows_in_batches(rows: Any, size: int, count: int | None) -> Iterator[Any]:
    """Yield `count` batches of rows in their order."""
    for index in range(count or 1):
        yield rows[index * size : (index + 1) * size]


class Dataset:
    """Batches of an object that makes them, one pass after the other.

    Parameters
    ----------
    given : object
        What the user passed as x.
    shuffle : bool
        Whether the batches of an indexed dataset come in a new order in each pass, as in Keras.
    """

    def __init__(self, given: Any, shuffle: bool = False) -> None:
        self._given = given
        self._order = np.random.default_rng(next_seed()) if shuffle else None
        self._indexed = hasattr(given, "__getitem__") and not hasattr(given, "__iter__")
        self._first: list[Batch] = []  # read to learn its shape, not yet used
        self._running: Iterator[Batch] | None = None
        self.count: int | None = _length(given)

    def peek(self) -> Batch:
        """Return the first batch, which the first pass will return too."""
        if not self._first:
            self._running = self._new_pass()
            first = next(self._running, None)
            if first is None:
                raise DataError("The dataset has no batch.")
            self._first = [first]
        return self._first[0]

    def one_pass(self) -> Iterator[Batch]:
        """Return an iterator over the batches from the beginning, or over the rest of a generator."""
        first, self._first = self._first, []
        running, self._running = self._running, None
        if running is None:
            running = self._new_pass()
        return chain(first, running)

    def _new_pass(self) -> Iterator[Batch]:
        if not self._indexed:
            return iter(self._given)
        self.count = _length(self._given)  # on_epoch_end may have changed it
        order: Iterable[Any] = count() if self.count is None else range(self.count)
        if self._order is not None and self.count is not None:
            order = self._order.permutation(self.count)
        return (self._given[int(index)] for index in order)

    def epoch_begins(self) -> None:
        """Call the dataset's own hook."""
        _call(self._given, "on_epoch_begin")

    def epoch_ends(self) -> None:
        """Call the dataset's own hook."""
        _call(self._given, "on_epoch_end")


class ArrayBatches:
    """Batches of rows in memory, in the order in which an engine would train on them.

    Parameters
    ----------
    samples : Samples
        All rows.
    plan : TrainingPlan
        Seed and sampling of the order.
    epoch : int
        Number of the first pass in the stream of random orders.
    """

    def __init__(self, samples: Samples, plan: TrainingPlan, epoch: int = 0) -> None:
        self._samples, self._plan, self._epoch = samples, plan, epoch
        self.count: int | None = plan.sampling.steps_per_epoch(samples.data.n_rows)

    def one_pass(self) -> Iterator[Samples]:
        """Return an iterator over the batches of the next pass."""
        rows = batches(self._plan, self._samples.data.n_rows, self._epoch)
        self._epoch += 1
        return (part(self._samples, chosen) for chosen in rows)

    def epoch_begins(self) -> None:
        """Do nothing: arrays have no hooks."""

    def epoch_ends(self) -> None:
        """Do nothing: arrays have no hooks."""


class Epochs:
    """Batches in epochs: one pass each, or `steps` batches each of a stream of passes.

    As in Keras, a pass that `steps` does not divide is continued by the next epoch, and an epoch that the
    data do not fill is shorter, with a warning.
    """

    def __init__(
        self,
        source: Any,
        convert: Callable[[Any], Samples],
        steps: int | None,
        setting: str = "steps_per_epoch",
    ) -> None:
        self._source, self._convert, self._steps = source, convert, steps
        self._setting = setting  # the argument that steps come from
        self._running: Iterator[Any] | None = None
        self._seen = 0  # batches of the current pass

    @property
    def steps(self) -> int | None:
        """Number of batches of an epoch, if it is known."""
        return self._steps or self._source.count

    def restart(self) -> None:
        """Begin the next epoch with the first batch; a generator goes on."""
        self._running = None

    def next_epoch(self) -> Iterable[Samples]:
        """Return the batches of the next epoch; none if a generator is exhausted."""
        source = self._source
        source.epoch_begins()
        if self._running is None or self._steps is None:
            self._running, self._seen = source.one_pass(), 0
        made = 0
        while self._steps is None or made < self._steps:
            batch = next(self._running, None)
            if batch is None:
                if self._steps is not None:
                    warn_user(RAN_OUT.format(setting=self._setting))
                elif source.count is None:
                    source.count = self._seen  # as in Keras, known from now on
                self._running = None
                break
            made, self._seen = made + 1, self._seen + 1
            yield self._convert(batch)
        if self._seen == source.count:
            self._running = None
        source.epoch_ends()


def xyw(batch: Any, owner: str = "A batch") -> tuple[Any, Any, Any]:
    """Return (x, y, sample_weight) of a batch of a dataset; None for what it does not have."""
    if isinstance(batch, Mapping):
        raise SettingError(owner, "must be (x, y) or (x, y, sample_weight), got a dict")
    if not isinstance(batch, tuple | list):
        return batch, None, None
    if not 1 <= len(batch) <= 3:
        raise SettingError(owner, "must be (x, y) or (x, y, sample_weight)", shortened(batch))
    x, y, weights = (*batch, None, None)[:3]
    return x, y, weights


def _length(given: Any) -> int | None:
    """Return the number of batches; None if it is not known. Mistakes in the user's code are raised."""
    if getattr_static(given, "num_batches", None) is not None:
        count = given.num_batches
        if isinstance(given, PyDataset):
            return None if count is None else checks.integer("num_batches", count, at_least=0)
        if isinstance(count, int):
            return count
    if not hasattr(type(given), "__len__"):
        return None
    try:
        return len(given)
    except NotImplementedError:
        if hasattr(given, "__iter__"):
            return None
        raise
    except TypeError as error:
        # Of what an iterable wraps, such as the IterableDataset of PyTorch's DataLoader.
        if hasattr(given, "__iter__") and "has no len()" in str(error):
            return None
        raise


def _call(given: Any, hook: str) -> None:
    function = getattr(given, hook, None)
    if callable(function):
        function()
