"""The one source of chance, against published vectors and the statistics of what it is used for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from deltarule._common.random import Purpose, drawn, kept, normal, philox, shuffled, uniform, words

# Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds: counter, key, words.
KNOWN_ANSWERS = (
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_published_words(
    counter: tuple[int, ...], key: tuple[int, int], answer: tuple[int, ...]
) -> None:
    got = philox(np.array([counter], np.uint64), key)
    assert got.dtype == np.uint32
    assert got.tolist() == [list(answer)]


def test_counters_are_independent() -> None:
    """Many counters at once give what each gives alone."""
    counters = np.array([counter for counter, _, _ in KNOWN_ANSWERS], np.uint64)
    key = KNOWN_ANSWERS[2][1]
    together = philox(counters, key)
    for i in range(3):
        assert (philox(counters[i : i + 1], key) == together[i]).all()


def test_words_count_as_documented() -> None:
    """Counter (block, step, epoch, purpose + 256 · layer), key = the halves of the seed."""
    seed = 0x299F31D0_A4093822
    got = words(seed, Purpose.DROPOUT, 6, layer=3, epoch=17, step=9)
    counters = np.array([[0, 9, 17, 5 + 768], [1, 9, 17, 5 + 768]], np.uint64)
    assert got.tolist() == philox(counters, (0xA4093822, 0x299F31D0)).ravel()[:6].tolist()


def test_streams_differ_in_each_of_their_coordinates() -> None:
    base = {"seed": 5, "purpose": Purpose.DROPOUT, "layer": 1, "epoch": 2, "step": 3}
    streams = [base] + [base | {name: base[name] + 1} for name in base]
    taken = {tuple(words(count=8, **stream).tolist()) for stream in streams}  # type: ignore[arg-type]
    assert len(taken) == len(streams)


def test_uniform_numbers_are_uniform_in_zero_to_one() -> None:
    u = uniform(1, Purpose.INITIAL_WEIGHTS, 20_000)
    assert u.min() >= 0
    assert u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.03


def test_normal_numbers_are_standard_normal() -> None:
    z = normal(2, Purpose.INITIAL_WEIGHTS, 20_000)
    assert np.isfinite(z).all()
    assert stats.kstest(z, "norm").pvalue > 0.01


def test_a_shuffled_order_is_a_permutation() -> None:
    for rows in (1, 2, 3, 10, 257):
        order = shuffled(rows, seed=3, epoch=rows)
        assert order.dtype == np.int64
        assert sorted(order.tolist()) == list(range(rows))


def test_all_orders_are_equally_likely() -> None:
    """χ² over the 24 orders of 4 rows in 4800 epochs: 200 each are expected."""
    orders = [tuple(shuffled(4, seed=7, epoch=epoch).tolist()) for epoch in range(4800)]
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 0.01


def test_each_row_comes_to_each_place() -> None:
    """χ² over the place that row 0 of 20 has in 2000 epochs."""
    places = [shuffled(20, seed=1, epoch=epoch).tolist().index(0) for epoch in range(2000)]
    assert stats.chisquare(np.bincount(places, minlength=20)).pvalue > 0.01


def test_drawn_rows_are_uniform_and_independent() -> None:
    rows = drawn(13, 26_000, seed=4, epoch=0)
    assert (rows.min(), rows.max()) == (0, 12)
    assert stats.chisquare(np.bincount(rows)).pvalue > 0.01
    pairs = rows[:-1:2] * 13 + rows[1::2]
    assert stats.chisquare(np.bincount(pairs, minlength=169)).pvalue > 0.01


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_dropout_drops_at_its_rate(rate: float) -> None:
    """Within 4 standard deviations of a binomial count, over the whole mask and in each column."""
    mask = kept((400, 50), rate, 11, layer=2, epoch=3, step=4)
    dropped = (~mask).sum()
    assert abs(dropped - 20_000 * rate) <= 4 * np.sqrt(20_000 * rate * (1 - rate))
    columns = (~mask).sum(axis=0)
    assert (abs(columns - 400 * rate) <= 4 * np.sqrt(400 * rate * (1 - rate))).all()
    if rate == 0.0:
        assert mask.all()


def test_dropout_masks_of_two_updates_are_independent() -> None:
    first = kept((300, 40), 0.5, 0, layer=0, epoch=0, step=0).ravel()
    second = kept((300, 40), 0.5, 0, layer=0, epoch=0, step=1).ravel()
    assert stats.chi2_contingency(np.histogram2d(first, second, 2)[0]).pvalue > 0.01
