"""Drawing without a drawing library: the layout of networks."""

from deltarule.drawing.layout import Column, NetworkLayout, level, network_layout

__all__ = ["Column", "NetworkLayout", "level", "network_layout"]
