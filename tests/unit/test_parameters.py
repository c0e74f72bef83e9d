"""Parameters: one vector and back, names and back, what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.errors import ShapeError
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat, from_named, shared_vector

NETWORK = Network([Dense(3, "relu"), Dense(2, bias=False), Dense(1, name="last")], inputs=2)


def test_flat_is_layer_by_layer_weights_row_by_row_then_biases() -> None:
    parameters = Parameters(
        (np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[10.0, 11], [12, 13], [14, 15]]),
         np.array([[16.0], [17]])),
        (np.array([7.0, 8, 9]), None, np.array([18.0])),
    )  # fmt: skip
    assert parameters.flat().tolist() == list(range(1, 19))


def test_a_vector_becomes_views_of_itself() -> None:
    vector = np.arange(1.0, 19.0)
    parameters = from_flat(NETWORK, vector)
    assert parameters.weights[0].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert parameters.biases[1] is None
    assert np.array_equal(parameters.flat(), vector)
    parameters.weights[1][0, 0] = -5
    assert vector[9] == -5


@pytest.mark.parametrize("shape", [(17,), (19,), (18, 1), (0,)])
def test_a_vector_of_another_size_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="The network has 18 parameters, got an array of shape"):
        from_flat(NETWORK, np.zeros(shape))


def test_names_and_back() -> None:
    parameters = from_flat(NETWORK, np.arange(18.0))
    named = parameters.named(NETWORK)
    assert list(named) == [
        "dense_1.weights", "dense_1.biases", "dense_2.weights", "last.weights", "last.biases",
    ]  # fmt: skip
    assert np.array_equal(from_named(NETWORK, named).flat(), np.arange(18.0))


def test_named_arrays_must_fit_exactly() -> None:
    named = from_flat(NETWORK, np.arange(18.0)).named(NETWORK)
    less = {name: array for name, array in named.items() if name != "last.biases"}
    with pytest.raises(ShapeError, match=r"The array 'last.biases' of shape \(1,\) is missing"):
        from_named(NETWORK, less)
    with pytest.raises(ShapeError, match="The network has no place for the array"):
        from_named(NETWORK, named | {"dense_2.biases": np.zeros(2)})
    with pytest.raises(
        ShapeError, match=r"'dense_1.weights' must have shape \(2, 3\), got \(3, 2\)"
    ):
        from_named(NETWORK, named | {"dense_1.weights": np.zeros((3, 2))})


def test_initialization_depends_on_the_seed_and_the_layer() -> None:
    twins = Network([Dense(4), Dense(4), Dense(4)], inputs=4)
    first, again, other = (initial_parameters(twins, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.flat(), again.flat())
    assert not np.array_equal(first.weights[0], other.weights[0])
    assert not np.array_equal(first.weights[0], first.weights[1])
    assert not any(bias.any() for bias in first.biases if bias is not None)
    single = initial_parameters(twins, 1, np.float32)
    assert single.weights[0].dtype == np.float32
    np.testing.assert_allclose(single.flat(), first.flat(), rtol=1e-7)


def test_the_shared_vector_is_not_copied() -> None:
    vector = np.arange(18.0)
    assert shared_vector(from_flat(NETWORK, vector)) is vector


def test_the_bytes_of_a_file_are_not_taken_for_the_vector_of_its_arrays() -> None:
    content = np.arange(1.0, 4.0).view(np.uint8).copy()
    weights, biases = content[:16].view(np.float64), content[16:].view(np.float64)
    parameters = Parameters((weights.reshape(2, 1),), (biases,))
    assert parameters.weights[0].base is content
    assert shared_vector(parameters).tolist() == [1.0, 2.0, 3.0]


def test_astype_copies() -> None:
    parameters = from_flat(NETWORK, np.arange(18.0))
    copy = parameters.astype(np.float64)
    copy.weights[0][:] = 0
    assert parameters.weights[0].any()
    assert parameters.astype("float32").flat().dtype == np.float32
