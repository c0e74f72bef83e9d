"""The layout of network drawings, and SVG without a drawing library."""

from deltarule.drawing.layout import (
    Column,
    NetworkLayout,
    activation_level,
    link_weights,
    network_layout,
)
from deltarule.drawing.network_svg import network_svg, standalone_svg

__all__ = [
    "Column",
    "NetworkLayout",
    "activation_level",
    "link_weights",
    "network_layout",
    "network_svg",
    "standalone_svg",
]
