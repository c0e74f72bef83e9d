"""A fitted estimator: prediction, its network, and its file."""

from __future__ import annotations

from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from deltarule._common import notebook_viewer
from deltarule._common.notebook_display import html_of
from deltarule.engines import prediction_engine
from deltarule.estimators import mlp_inputs, mlp_saving, mlp_training
from deltarule.estimators.mlp_prediction import CompiledPredictor
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
SPARSE_ROWS_AT_ONCE = 4096  # converted to dense for prediction


class FittedMLP(BaseEstimator):
    """Base of the estimators: all methods that need a fitted network."""

    def _set_parameters(self, network: Network, parameters: Parameters) -> None:
        self._network_ = network
        self._predictor = CompiledPredictor(network, parameters, self.engine)
        self.coefs_ = self._predictor.coefs
        self.intercepts_ = self._predictor.intercepts

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "out_activation_" and value != self.__dict__.get(name, value):
            raise AttributeError(
                f"out_activation_ describes the fitted network and cannot be set to {value!r}: fit "
                "MLPRegressor(output_activation=...), or take the outputs of predict and apply a "
                "function of your own."
            )
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: value for name, value in super().__getstate__().items() if name != "_predictor"
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_network_" in state:
            parameters = Parameters(tuple(self.coefs_), tuple(self.intercepts_))
            self._set_parameters(self._network_, parameters)

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs for each row, shape (rows, outputs).

        Computed in float64 if X or coefs_ are float64, as in scikit-learn; in `dtype` where that is set.
        """
        known = self.__dict__
        predictor = known.get("_predictor")
        if (
            predictor is not None
            and "feature_names_in_" not in known
            and predictor.matches(known["coefs_"], known["intercepts_"])
        ):
            outputs = predictor.one_row(X)
            if outputs is not None:
                return outputs
            if predictor.accepts(X):
                return predictor(X, mlp_training.threads_of(self))
        X = mlp_inputs.checked_rows(self, X)
        if "_network_" not in known:
            raise NotFittedError(
                "Attributes such as coefs_ were set before the first fit, which makes the network: call "
                "fit (max_iter=1 suffices) or partial_fit once, then set coefs_ and intercepts_."
            )
        dtype = self.coefs_[0].dtype
        dtype = dtype if self.dtype is not None else np.result_type(dtype, X.dtype)
        if not hasattr(X, "toarray"):
            return self._forward(np.ascontiguousarray(X, dtype=dtype))
        parts = [
            self._forward(X[i : i + SPARSE_ROWS_AT_ONCE].toarray().astype(dtype))
            for i in range(0, X.shape[0], SPARSE_ROWS_AT_ONCE)
        ]
        return np.concatenate(parts)

    def _forward(self, X: Array) -> Array:
        threads = mlp_training.threads_of(self)
        predictor = self.__dict__.get("_predictor")
        if (
            predictor is not None
            and X.dtype == self.coefs_[0].dtype
            and predictor.matches(self.coefs_, self.intercepts_)
        ):
            return predictor(X, threads)
        parameters = Parameters(tuple(self.coefs_), tuple(self.intercepts_)).astype(X.dtype)
        return prediction_engine(self._network_, self.engine).predict(
            self._network_, parameters, X, threads
        )

    def trained_network(self) -> TrainedNetwork:
        """Return the fitted network as deltarule's own object.

        Returns
        -------
        deltarule.TrainedNetwork
            The network with `coefs_` and `intercepts_`, for plots, `trace` and further training.

        Examples
        --------
        >>> from deltarule import MLPRegressor
        >>> model = MLPRegressor(max_iter=300, solver="lbfgs", random_state=0)
        >>> model.fit([[0.0], [1.0], [2.0]], [0.0, 2.0, 4.0]).trained_network().network.inputs
        1
        """
        check_is_fitted(self)
        parameters = Parameters(
            tuple(np.asarray(weight) for weight in self.coefs_),
            tuple(np.asarray(bias) for bias in self.intercepts_),
        )
        return TrainedNetwork(self._network_, parameters)

    def _html_repr(self) -> str:
        return html_of(self) or estimator_html_repr(self)

    def play(self, X: Any, y: Any, *, height: int | None = 560) -> Any:
        """Open the fitted network in the playground, in a notebook.

        The estimator itself is not changed. It requires the extra `play`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows to show and to train on.
        y : array-like of shape (n_samples,)
            Targets.
        height : int or None, default 560
            Height of the widget in pixels; None is that of its content.

        Returns
        -------
        widget
            The playground as a widget for Jupyter and marimo, as returned by `deltarule.play`.
        """
        return notebook_viewer.show(X, y, estimator=self, height=height)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator to one safetensors file, without pickle.

        It contains weights, parameters, classes, column names and the optimizer's state, but neither
        `callbacks` nor `random_state`. An existing file is replaced, or left unchanged if writing fails
        (`FileError`).

        Parameters
        ----------
        path : str or path-like
            Name of the file.

        Examples
        --------
        >>> from deltarule import MLPClassifier
        >>> model = MLPClassifier(max_iter=300, solver="lbfgs", random_state=0)
        >>> model.fit([[0.0], [1.0]], ["a", "b"]).save("model.safetensors")
        >>> MLPClassifier.load("model.safetensors").predict([[1.0]]).tolist()
        ['b']
        """
        check_is_fitted(self)
        mlp_saving.save(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read an estimator from a file.

        It predicts the same bits, and `partial_fit` continues from the optimizer's state. No code from
        the file is run; a damaged or foreign file raises `ModelFileError`.

        Parameters
        ----------
        path : str or path-like
            File written by `save`.

        Returns
        -------
        estimator
            The fitted estimator.
        """
        estimator: Self = mlp_saving.load(cls, path)
        return estimator
