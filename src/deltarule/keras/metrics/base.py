"""The base of all metrics: state that accumulates over batches, as in Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from deltarule.errors import SettingError
from deltarule.keras import configs, initializers
from deltarule.keras.dtypes import dtype_name
from deltarule.keras.global_state import automatic_name, floatx
from deltarule.keras.metrics.metric_state import MetricVariable
from deltarule.keras.overrides import Overridable, Overrides


class Metric(configs.Configurable, Overridable):
    """Base of all metrics.

    For a custom metric, subclass it and override `update_state` and `result`, or pass a function of
    (y_true, y_pred) to `compile`. Variables made by `add_weight` are set to zero before each epoch.
    After an epoch, the metric of all rows is computed in one call of `update_state`.

    Parameters
    ----------
    name : str, optional
        Name in logs, by default the class name in snake case.
    dtype : str, optional
        Type of the variables and of thresholds, by default "float32".

    Attributes
    ----------
    _direction : {"up", "down"} or None
        Which values are better; None, the default, requires `mode` in the callbacks that monitor it.

    Examples
    --------
    >>> from deltarule import keras
    >>> class LargestError(keras.metrics.Metric):
    ...     _direction = "down"
    ...     def __init__(self, name="largest_error"):
    ...         super().__init__(name)
    ...         self.largest = self.add_weight(initializer="zeros", name="largest")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest.assign(max(self.largest, abs(y_true - y_pred).max()))
    ...     def result(self):
    ...         return self.largest.value
    >>> model = keras.Sequential([keras.Input(1), keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile("sgd", "mse", metrics=[LargestError()])
    >>> model.evaluate([[1.0], [2.0]], [2.0, 3.0], verbose=0, return_dict=True)["largest_error"]
    3.0
    """

    _overrides = Overrides(
        "metrics are measured by reset_state, update_state and result; override those",
        honored=("add_variable", "add_weight", "reset_state", "result", "update_state"),
        of_keras=(
            "compute", "merge_state", "reset_states", "stateless_reset_state", "stateless_result",
            "stateless_update_state",
        ),
    )  # fmt: skip
    _direction: str | None = None  # whether better is "up" or "down", if known; as in Keras

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or automatic_name(type(self).__name__)
        self._dtype = dtype_name(
            f"{type(self).__name__}.dtype", floatx() if dtype is None else dtype
        )
        self._own_variables: list[MetricVariable] = []

    @property
    def dtype(self) -> str:
        """Type of the variables and of thresholds, such as "float32"."""
        return self._dtype

    @property
    def variables(self) -> list[MetricVariable]:
        """The variables, also those of metrics inside this one."""
        return [*self._own_variables, *(v for m in self._inner() for v in m.variables)]

    def _inner(self) -> Iterator[Metric]:
        for value in vars(self).values():
            for item in value if isinstance(value, list | tuple) else (value,):
                if isinstance(item, Metric):
                    yield item

    def add_variable(
        self,
        shape: Any = (),
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> MetricVariable:
        """Create a variable.

        Parameters
        ----------
        shape : tuple of int, default ()
            Its shape.
        initializer : str or Initializer, default "zeros"
            Its first values.
        dtype : str, optional
            Its type, by default that of the metric.
        aggregation : str, default "sum"
            Ignored.
        name : str, optional
            Its name.

        Returns
        -------
        MetricVariable
            A variable with `assign`, `assign_add` and `numpy`, which calculates as a NumPy array.

        Raises
        ------
        SettingError
            If the shape is a text, or `super().__init__()` was not called.
        """
        if isinstance(shape, str):
            raise SettingError("add_weight.shape", "must be a tuple", shape, "Give name=...")
        if not hasattr(self, "_own_variables"):
            raise SettingError.message(
                f"Call super().__init__() at the start of {type(self).__name__}.__init__."
            )
        size = (shape,) if isinstance(shape, int) else tuple(shape)
        kind = self.dtype if dtype is None else dtype_name("add_weight.dtype", dtype)
        values = np.zeros(size, dtype=kind)  # initializers would draw a seed
        if initializer not in (None, "zeros"):
            values[...] = initializers.get(initializer)(size)
        label = name or f"variable_{len(self._own_variables)}"
        variable = MetricVariable(self.name, label, values)
        self._own_variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = "zeros",
        dtype: Any = None,
        name: str | None = None,
    ) -> MetricVariable:
        """Create a variable, as `add_variable` does.

        Parameters
        ----------
        shape : tuple of int, default ()
            Its shape.
        initializer : str or Initializer, default "zeros"
            Its first values.
        dtype : str, optional
            Its type, by default that of the metric.
        name : str, optional
            Its name.

        Returns
        -------
        MetricVariable
            A variable with `assign`, `assign_add` and `numpy`, which calculates as a NumPy array.
        """
        return self.add_variable(shape, initializer, dtype, name=name)

    def _count(self, name: str, shape: tuple[int, ...] = ()) -> MetricVariable:
        # Sums in float64 stay exact where Keras's float32 ends, at 2²⁴ rows.
        return self.add_variable(shape, "zeros", np.float64, name=name)

    def update_state(self, *args: Any, **settings: Any) -> Any:
        """Add rows.

        Parameters
        ----------
        *args
            Targets and predictions, arrays of shape (n_samples, n_outputs).
        **settings
            The keyword sample_weight, an array of shape (n_samples,) or None.
        """
        raise NotImplementedError(f"{type(self).__name__} must override update_state.")

    def result(self) -> Any:
        """Return the metric of all rows added.

        Returns
        -------
        float, ndarray of shape (n_values,) or dict
            The metric.
        """
        raise NotImplementedError(f"{type(self).__name__} must override result.")

    def reset_state(self) -> None:
        """Set all variables to zero."""
        for variable in self.variables:
            variable.assign(0)

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """Add rows and return the metric of all rows so far."""
        self.update_state(*args, **settings)
        return self.result()

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return {"name": self.name, "dtype": self.dtype}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
