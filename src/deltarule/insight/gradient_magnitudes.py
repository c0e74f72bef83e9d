"""How large the gradient of each layer's weights is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.engines import prediction_engine
from deltarule.losses import Loss
from deltarule.parameters import from_flat
from deltarule.training import TrainedNetwork
from deltarule.training.fit_arguments import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]


def gradient_magnitudes(
    trained: TrainedNetwork,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss | str | None = None,
    engine: str = "auto",
) -> Array:
    """Compute the root mean square of ∂J/∂w in each layer.

    Shows where gradients vanish or explode: training hardly changes a layer whose gradient is tiny.

    Parameters
    ----------
    trained : TrainedNetwork
        Network and parameters at which the gradient is computed.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    loss : Loss or str, optional
        Loss function. By default it is chosen by the output activation, as in `fit`.
    engine : str, default 'auto'
        Name of the engine.

    Returns
    -------
    ndarray of shape (n_layers,), dtype float64
        One value per dense layer, biases excluded; infinite or NaN where the gradient overflows.

    See Also
    --------
    compare_gradients : Check the gradient itself in three ways.

    Notes
    -----
    J is the mean loss over the rows without dropout, penalties included. The value of a layer with n
    weights is √(Σ (∂J/∂w)² / n), which compares layers of different sizes. [1]_ observe in this way how
    gradients shrink from the last layer to the first.

    References
    ----------
    .. [1] Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward neural
       networks", AISTATS, section 4.2.

    Examples
    --------
    A unit with the output 2 and the target 0 has the squared error 4, and the derivatives
    ∂J/∂w = 2 · 2 · x:

    >>> from deltarule import insight
    >>> unit = insight.perceptron(bias=-5, weights=[1, 1], activation="identity")
    >>> insight.gradient_magnitudes(unit, [[3, 4]], [0], loss="mse").round(3)
    array([14.142])
    """
    chosen = chosen_loss(trained.network, loss)
    data = as_data(trained.network, chosen, X, y, None, "float64")
    network, parameters = trained.network, trained.parameters.astype(np.float64)
    executor = prediction_engine(network, engine)
    with np.errstate(all="ignore"):
        _, flat = executor.loss_and_gradient(network, parameters, chosen, data)
        weights = from_flat(network, flat).weights
        return np.array([np.sqrt(np.mean(np.square(w.astype(np.float64)))) for w in weights])
