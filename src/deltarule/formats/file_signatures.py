"""Guess the type of a foreign file, for error messages."""

from __future__ import annotations

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive (PyTorch and Keras write such files)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"PAR1", "a Parquet table"),
    (b"GGUF", "a GGUF file"),
    (b"\x7fELF", "a program"),
    (b"\x80\x02", "a pickle, which deltarule never opens"),
    (b"\x80\x03", "a pickle, which deltarule never opens"),
    (b"\x80\x04\x95", "a pickle, which deltarule never opens"),
    (b"\x80\x05\x95", "a pickle, which deltarule never opens"),
)
_CONTROL_ALLOWED = b"\t\n\r\f"


def guess_file_type(start: bytes) -> str:
    """Return the probable type of a file with these first bytes, or an empty string."""
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return name
    if start and all(byte >= 32 or byte in _CONTROL_ALLOWED for byte in start):
        try:
            start.decode()
        except UnicodeDecodeError as error:
            return "text" if error.start >= len(start) - 3 else ""
        return "text"
    return ""
