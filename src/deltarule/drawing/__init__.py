"""Drawing without a drawing library: the layout of networks, and SVG as escaped text."""

from deltarule.drawing.layout import Column, NetworkLayout, level, network_layout
from deltarule.drawing.link_weights import drawn_weights
from deltarule.drawing.network_svg import network_svg, standalone_svg

__all__ = [
    "Column",
    "NetworkLayout",
    "drawn_weights",
    "level",
    "network_layout",
    "network_svg",
    "standalone_svg",
]
