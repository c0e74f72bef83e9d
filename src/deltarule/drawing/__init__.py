"""The layout of network drawings, and SVG without a drawing library."""

from deltarule.drawing.layout import (
    Column,
    NetworkLayout,
    activation_level,
    network_layout,
    number_meaning,
    unsigned_meaning,
)
from deltarule.drawing.link_weights import Links, network_links
from deltarule.drawing.network_svg import network_svg, standalone_svg

__all__ = [
    "Column",
    "Links",
    "NetworkLayout",
    "activation_level",
    "network_layout",
    "network_links",
    "network_svg",
    "number_meaning",
    "standalone_svg",
    "unsigned_meaning",
]
