"""Drawing without a drawing library: the layout of networks, and SVG as escaped text."""

from deltarule.drawing.layout import Column, NetworkLayout, level, link_weights, network_layout
from deltarule.drawing.network_svg import network_svg, standalone_svg

__all__ = [
    "Column",
    "NetworkLayout",
    "level",
    "link_weights",
    "network_layout",
    "network_svg",
    "standalone_svg",
]
