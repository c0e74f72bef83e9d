"""What the textbook's z = x W + b covers: plain networks, and a clear word about all others."""

from __future__ import annotations

from deltarule.errors import SettingError
from deltarule.network import Network


def plain_network(network: Network, owner: str) -> Network:
    """Return the network if each layer is g(x W + b); else a `SettingError` that says what it has."""
    if network.is_plain:
        return network
    found = [f"{network.members} members"] if network.members > 1 else []
    blocks = network.blocks
    kinds = {
        "embeddings": any(block.embedding is not None for block in blocks),
        "a Scale": any(block.scale is not None for block in blocks),
        'parameterization="ntk"': any(block.dense.parameterization == "ntk" for block in blocks),
        "a learned activation": any(block.dense.learned_activation for block in blocks),
        "shared weights": network.members == 1
        and any(block.dense.sharing != "shared" for block in blocks),
    }
    found += [kind for kind, there in kinds.items() if there]
    *most, last = found
    told = f"{', '.join(most)} and {last}" if most else last
    raise SettingError(
        f"{owner} shows layers of the form g(x W + b), but this network has {told}: give it a network "
        "of Dense and Dropout layers alone, or ask this one by predict."
    )
