"""Networks of several configurations in one model file, with the votes of each.

Models whose networks all have one shape and one vote have no such entry in their file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from deltarule._common.formatting import counted
from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError, shortened
from deltarule.network import Network
from deltarule.training import TrainedNetwork

CONFIGURATIONS = "configurations"
"""The key of the model file."""
MAX_NETWORKS = 1000
MAX_VOTES = 1000
MAX_ALL_VOTES = 12_000
"""Sum over the networks of a file, as the outputs of each are repeated for the mean."""


def parameter_count(networks: Sequence[TrainedNetwork]) -> int:
    """Return the number of parameters of all networks."""
    return sum(trained.network.parameter_count for trained in networks)


def describe_sizes(networks: Sequence[TrainedNetwork]) -> str:
    """Describe the networks by their number and their number of parameters, which may be a range."""
    linear = linear_models(networks)
    others = networks[: len(networks) - len(linear)]
    text = f"{counted(len(others), 'network')} of {parameters_each(others)} parameters"
    if not linear:
        return text
    return f"{text} and {counted(len(linear), 'linear model')} of {parameters_each(linear)}"


def linear_models(networks: Sequence[TrainedNetwork]) -> Sequence[TrainedNetwork]:
    """Return the linear models that vote beside the networks: they come last and have no hidden layer."""
    deep = [i for i, trained in enumerate(networks) if len(trained.network.blocks) > 1]
    return networks[deep[-1] + 1 :] if deep else networks[:0]


def parameters_each(networks: Sequence[TrainedNetwork]) -> str:
    """Return the number of parameters of each network, which may be a range."""
    sizes = sorted({trained.network.parameter_count for trained in networks})
    return f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"


def configurations_json(networks: Sequence[TrainedNetwork], votes: Sequence[int]) -> dict[str, Any]:
    """Return the entry of the model file as strict JSON types, without a key if there is none."""
    pairs = [(n.network, v) for n, v in zip(networks, votes or [1] * len(networks), strict=True)]
    groups = [(pair, len(list(same))) for pair, same in groupby(pairs)]
    if len(groups) == 1 and pairs[0][1] == 1:
        return {}
    parts = [
        {"network": network.to_json(), "networks": count, "votes": vote}
        for (network, vote), count in groups
    ]
    return {CONFIGURATIONS: parts}


def read_configurations(
    parts: object, first: Network, count: object, path: str
) -> tuple[tuple[Network, ...], tuple[int, ...]]:
    """Return the description and the votes of each network, () for one vote each.

    `parts` is the entry of the model file, None if it has none; then all `count` networks are `first`.
    Raises `ModelFileError` for impossible values.
    """
    networks = _number(count, MAX_NETWORKS, "networks", path)
    if parts is None:
        return (first,) * networks, ()
    if not isinstance(parts, list) or not 1 <= len(parts) <= networks:
        raise ModelFileError(
            f"{path}: configurations must be a list with at most {networks} elements, got "
            f"{shortened(parts)}."
        )
    described: list[Network] = []
    votes: list[int] = []
    for i, part in enumerate(parts, start=1):
        where = f"{path}: configuration {i}"
        values = StrictReader(part, where).exactly(["network", "networks", "votes"])
        network = Network.from_json(values["network"], where)
        if (network.inputs, network.outputs) != (first.inputs, first.outputs):
            raise ModelFileError(f"{where} does not fit the first network.")
        each = _number(values["networks"], networks, "networks", where)
        described += [network] * each
        votes += [_number(values["votes"], MAX_VOTES, "votes", where)] * each
    if len(described) != networks or described[0] != first:
        raise ModelFileError(f"{path}: configurations do not fit the networks.")
    _number(sum(votes), MAX_ALL_VOTES, "votes of all networks", path)
    return tuple(described), () if set(votes) == {1} else tuple(votes)


def _number(value: object, most: int, what: str, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ModelFileError(f"{where}: {what} must be 1 to {most}, got {shortened(value)}.")
    return value
