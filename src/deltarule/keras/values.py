"""Arrays and variables as Keras returns them: NumPy arrays with `numpy()`, and arrays with `assign`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


class Tensor(np.ndarray):
    """Result of calling a layer or a model: a NumPy array with the method `numpy` of Keras's tensors.

    Examples
    --------
    >>> from deltarule import keras
    >>> model = keras.Sequential([keras.Input(2), keras.layers.Dense(1)])
    >>> model([[1.0, 2.0]]).numpy().shape
    (1, 1)
    """

    def numpy(self) -> Any:
        """Return the values as a plain array; a number for a tensor without dimensions.

        Returns
        -------
        ndarray of the tensor's shape
            The same memory.
        """
        return np.asarray(self)[()]


def as_tensor(values: ArrayLike) -> Tensor:
    """Return values as a `Tensor`, not copied if they are an array."""
    return np.asarray(values).view(Tensor)


class ArrayValue(NDArrayOperatorsMixin):
    """Base of variables: they calculate, compare and can be indexed as their current values do."""

    trainable: bool

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the variable."""

    @property
    @abstractmethod
    def path(self) -> str:
        """Name of its owner and of the variable, such as "dense/kernel"."""

    @abstractmethod
    def _read(self) -> Array:
        """Return the current values, not copied."""

    @abstractmethod
    def assign(self, value: ArrayLike) -> Any:
        """Set the values.

        Parameters
        ----------
        value : array-like of the variable's shape
            New values.

        Returns
        -------
        Tensor of the variable's shape
            The new values.
        """

    def assign_add(self, value: ArrayLike) -> Any:
        """Add to the values.

        Parameters
        ----------
        value : array-like of the variable's shape
            What is added.

        Returns
        -------
        Tensor of the variable's shape
            The new values.
        """
        return self.assign(self._read() + np.asarray(value))

    def assign_sub(self, value: ArrayLike) -> Any:
        """Subtract from the values.

        Parameters
        ----------
        value : array-like of the variable's shape
            What is subtracted.

        Returns
        -------
        Tensor of the variable's shape
            The new values.
        """
        return self.assign(self._read() - np.asarray(value))

    def numpy(self) -> Any:
        """Return a copy of the values; a number for a variable without dimensions.

        Returns
        -------
        ndarray of the variable's shape
            The current values.
        """
        return self._read().copy()[()]

    @property
    def value(self) -> Tensor:
        """The current values, a copy."""
        return as_tensor(self._read().copy())

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._read().shape

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self._read().ndim

    @property
    def size(self) -> int:
        """Number of values."""
        return self._read().size

    @property
    def dtype(self) -> str:
        """Type of the values, such as "float32"."""
        return self._read().dtype.name

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self._read(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if settings.get("out") is not None:
            return NotImplemented  # a variable changes by `assign` only
        arrays = [i._read() if isinstance(i, ArrayValue) else i for i in inputs]
        result = getattr(ufunc, method)(*arrays, **settings)
        return result if isinstance(result, tuple) else as_tensor(result)

    def __getitem__(self, index: Any) -> Tensor:
        return as_tensor(self._read()[index].copy())

    def __len__(self) -> int:
        return len(self._read())

    def __float__(self) -> float:
        return float(self._read())

    def __int__(self) -> int:
        return int(self._read())

    def __bool__(self) -> bool:
        return bool(self._read())

    def __round__(self, digits: int | None = None) -> Any:
        return np.round(self._read(), digits or 0)[()]

    def __format__(self, spec: str) -> str:
        return format(self._read()[()], spec) if spec else str(self)

    def __repr__(self) -> str:
        values = np.array2string(self._read(), separator=" ", threshold=100)
        return (
            f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={values}>"
        )


class NumberVariable(ArrayValue):
    """A variable of an optimizer: its learning rate, or its number of updates.

    Parameters
    ----------
    name : str
        Name of the variable.
    owner : str
        Name of the optimizer.
    read : callable
        Function that returns the number.
    write : callable
        Function that sets it.
    """

    trainable = False

    def __init__(
        self,
        name: str,
        owner: str,
        read: Callable[[], float | int],
        write: Callable[[Any], None],
    ) -> None:
        self._name, self._owner = name, owner
        self._get, self._set = read, write

    @property
    def name(self) -> str:
        """Name of the variable: "learning_rate" or "iteration"."""
        return self._name

    @property
    def path(self) -> str:
        """Name of the optimizer and of the variable: "adam/learning_rate"."""
        return f"{self._owner}/{self._name}"

    def _read(self) -> Array:
        return np.asarray(self._get())

    def assign(self, value: ArrayLike) -> Any:
        self._set(np.asarray(value)[()])
        return self.value
