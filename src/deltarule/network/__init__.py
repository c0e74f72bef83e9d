"""Networks: chains of dense layers.

A network is feed-forward: no cycles, no skip connections. Images, text, recurrence and attention need
other layers; use PyTorch or Keras for them.
"""

from deltarule.network.blocks import PART_NAMES, Block, Part
from deltarule.network.chain import Network

__all__ = ["PART_NAMES", "Block", "Network", "Part"]
