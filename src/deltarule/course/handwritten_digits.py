"""The ones and fives of the course: 400 images of MNIST (`mnist_ones_and_fives.txt`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
SIDE = 28
MAX_PIXEL = 255


def load_ones_and_fives() -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return 300 training digits and 100 test digits of MNIST, half of them ones and half of them fives.

    Returns
    -------
    training : tuple of ndarray
        `X` of shape (300, 784), float64: the pixels from 0 (black) to 1 (white), row by row; and `y` of
        shape (300,), int64: the digit, 1 or 5.
    test : tuple of ndarray
        The same of 100 other digits, of shapes (100, 784) and (100,).

    Notes
    -----
    The images are the first ones and fives of the training and test images of MNIST by Y. LeCun,
    C. Cortes and C. J. C. Burges, licensed under CC BY-SA 3.0 [1]_.

    References
    ----------
    .. [1] http://yann.lecun.com/exdb/mnist/

    Examples
    --------
    >>> from deltarule import course
    >>> (X, y), (X_test, y_test) = course.load_ones_and_fives()
    >>> X.shape, X_test.shape, sorted(set(y.tolist()))
    ((300, 784), (100, 784), [1, 5])
    """
    arrays = _arrays()
    parts = []
    for part in ("training", "test"):
        pixels = arrays[f"{part}_pixels"].reshape(-1, SIDE * SIDE) / MAX_PIXEL
        parts.append((pixels, arrays[f"{part}_digits"].astype(np.int64)))
    return parts[0], parts[1]


@cache
def _arrays() -> dict[str, Array]:
    data = files("deltarule.course").joinpath("mnist_ones_and_fives.npz").read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as found:
        return dict(found)
