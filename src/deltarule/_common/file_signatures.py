"""Recognize common binary files by their first bytes, for error messages."""

from __future__ import annotations

_PICKLE = "a pickle, which deltarule never opens"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive, an Excel workbook, or a PyTorch or Keras file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"PAR1", "a Parquet table"),
    *((b"GGUF" + bytes([version, 0, 0, 0]), "a GGUF file") for version in (1, 2, 3)),
    (b"\x7fELF", "a program"),
    (b"ARROW1", "an Arrow or Feather file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"<stata_dta>", "a Stata file"),
    (b"$FL2", "an SPSS file"),
    (bytes(12) + b"\xc2\xea\x81\x60", "a SAS file"),
    (b"RDX", "an R file"),
    (b"X\n\x00\x00\x00", "an R file"),
    *((bytes([0x80, protocol]), _PICKLE) for protocol in (2, 3)),
    *((bytes([0x80, protocol, 0x95]), _PICKLE) for protocol in (4, 5)),
)


def binary_file_type(start: bytes) -> str:
    """Return the type of a file with these first bytes, or an empty string for any other file."""
    return next((name for signature, name in _SIGNATURES if start.startswith(signature)), "")
