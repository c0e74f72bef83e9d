"""Export of trained models to other formats.

`to_c` writes C for microcontrollers, `to_keras` and `to_torch` code with a file of weights,
`to_huggingface` a folder for the Hugging Face Hub; `to_onnx` needs the extra `deltarule[onnx]`.
`EXPORT_FORMATS` lists the formats. Functions are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from deltarule.export.formats import EXPORT_FORMATS, ExportFormat, ExportSummary

if TYPE_CHECKING:
    from deltarule.export.c_model import to_c
    from deltarule.export.hub_folder import to_huggingface
    from deltarule.export.keras_model import to_keras
    from deltarule.export.onnx_model import to_onnx
    from deltarule.export.torch_model import to_torch

__all__ = [
    "EXPORT_FORMATS",
    "ExportFormat",
    "ExportSummary",
    "to_c",
    "to_huggingface",
    "to_keras",
    "to_onnx",
    "to_torch",
]

_HOMES = {
    "to_c": "deltarule.export.c_model",
    "to_huggingface": "deltarule.export.hub_folder",
    "to_keras": "deltarule.export.keras_model",
    "to_onnx": "deltarule.export.onnx_model",
    "to_torch": "deltarule.export.torch_model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'deltarule.export' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
