"""Images embedded in the page as PNG (ISO/IEC 15948, color type 6)."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def png_bytes(pixels: NDArray[np.uint8]) -> bytes:
    """Return the PNG of RGBA pixels, uint8 of shape (height, width, 4), top row first."""
    height, width, _ = pixels.shape
    lines = np.zeros(
        (height, 1 + 4 * width), np.uint8
    )  # each line starts with its filter type, 0: none
    lines[:, 1:] = pixels.reshape(height, 4 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def png_data_url(pixels: NDArray[Any]) -> str:
    """Return the PNG as a data URL."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(pixels)).decode("ascii")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
