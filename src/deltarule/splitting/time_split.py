"""Splits by time: later rows validate and test."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.errors import DataError
from deltarule.splitting.split import Split, checked_fractions


def split_by_time(times: NDArray[Any], *, fractions: tuple[float, float] = (0.2, 0.2)) -> Split:
    """Split rows by time: training before validation before test.

    Parameters
    ----------
    times : ndarray of shape (n_rows,)
        Time of each row; numbers or datetimes without missing values.
    fractions : tuple of float, default (0.2, 0.2)
        Fractions of the rows for validation and for test, each at least 0; together below 1.

    Returns
    -------
    Split
        The rows of each part.

    Raises
    ------
    SettingError
        If a fraction is negative, or they leave no rows for training.
    DataError
        If there are fewer times than parts.

    Notes
    -----
    Rows of the same time are not divided: each part begins at the time nearest to its fraction.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.splitting import split_by_time
    >>> split = split_by_time(np.array([2024, 2021, 2022, 2023, 2025]))
    >>> split.training.tolist(), split.validation.tolist(), split.test.tolist()
    ([1, 2, 3], [0], [4])
    """
    validation, test = checked_fractions(fractions)
    _, ranks = np.unique(times, return_inverse=True)
    shares = [1 - validation - test, validation, test]
    used = [share for share in shares if share > 0]
    stops = _cuts(ranks, np.cumsum(used)[:-1])
    part = np.searchsorted(stops, ranks, side="right")
    rows = iter([np.flatnonzero(part == i).astype(np.int64) for i in range(len(used))])
    return Split(*(next(rows) if share > 0 else np.empty(0, np.int64) for share in shares))


def _cuts(ranks: NDArray[Any], shares: NDArray[Any]) -> NDArray[np.int64]:
    """Return the first rank of each part but the first; the parts begin at these shares of the rows."""
    before = np.concatenate([[0], np.cumsum(np.bincount(ranks))])
    if len(before) - 1 <= len(shares):
        raise DataError(
            f"The rows have {counted(len(before) - 1, 'distinct time')}, and at least {len(shares) + 1} "
            "are needed: order them by another column."
        )
    stops = np.empty(len(shares), np.int64)
    for i, share in enumerate(shares):
        nearest = int(np.argmin(np.abs(before - share * len(ranks))))
        low = stops[i - 1] + 1 if i else 1
        stops[i] = min(max(nearest, low), len(before) - 1 - (len(shares) - i))
    return stops
