"""Ways to draw samples: how many rows and updates, and what is refused."""

from __future__ import annotations

import pytest

from deltarule.errors import SettingError
from deltarule.sampling import FullBatch, MiniBatches, Sampling, SingleSample


@pytest.mark.parametrize(
    ("sampling", "rows", "batch", "steps"),
    [
        (FullBatch(), 150, 150, 1),
        (SingleSample(), 150, 1, 150),
        (MiniBatches(32), 150, 32, 5),  # 4 · 32 + 22
        (MiniBatches(50), 150, 50, 3),
        (MiniBatches(150), 150, 150, 1),
        (MiniBatches(1), 7, 1, 7),
    ],
    ids=str,
)
def test_batches_and_updates_of_an_epoch(
    sampling: Sampling, rows: int, batch: int, steps: int
) -> None:
    assert sampling.batch_rows(rows) == batch
    assert sampling.steps_per_epoch(rows) == steps


def test_a_batch_larger_than_the_data_is_refused_with_a_hint() -> None:
    with pytest.raises(SettingError) as caught:
        MiniBatches(200).steps_per_epoch(150)
    assert str(caught.value) == (
        "`batch_size` must be at most the 150 training rows, got 200. FullBatch() uses all rows at once."
    )
