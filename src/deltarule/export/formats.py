"""The formats that models are exported to: the registry that Python and the command line read."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from os import PathLike
from typing import Any

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule.errors import SettingError

__all__ = ["EXPORT_FORMATS", "ExportFormat", "ExportSummary"]


@dataclass(frozen=True, repr=False)
class ExportSummary(NotebookDisplay):
    """What an export wrote.

    Parameters
    ----------
    files : tuple of str
        Paths of the written files.
    inputs : dict of str to str
        By the name of each input, its type and how a missing value is given.
    outputs : dict of str to str
        By the name of each output, its type and what it holds.
    facts : dict of str to int
        Sizes that depend on the format, such as the number of nodes of a graph.
    notes : tuple of str, default ()
        What a user should know about the written files, one sentence each.
    """

    files: tuple[str, ...]
    inputs: dict[str, str]
    outputs: dict[str, str]
    facts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def _sentence(self) -> str:
        return (
            f"{listed(self.files, max_length=60)}: {counted(len(self.inputs), 'input')}, outputs "
            f"{listed(list(self.outputs))}; {self.size}"
        )

    @property
    def size(self) -> str:
        """The facts in words."""
        return ", ".join(f"{name}: {value:,}" for name, value in self.facts.items())


@dataclass(frozen=True, repr=False)
class ExportFormat(NotebookDisplay):
    """A format that models are exported to.

    Parameters
    ----------
    name : str
        Name on the command line, such as "onnx".
    label : str
        The format in a few words.
    suffix : str
        Suffix of the file, such as ".onnx"; empty for a folder.
    home : str
        Where the function is that writes it, as "module:function". It takes a model and a path, and
        its options by name, and returns an `ExportSummary`.
    extra : str, optional
        The extra of the package that it needs.
    options : tuple of str, default ("quantiles",)
        Names of its options.
    """

    name: str
    label: str
    suffix: str
    home: str
    extra: str | None = None
    options: tuple[str, ...] = ("quantiles",)

    def _sentence(self) -> str:
        return f"{self.name}: {self.label}, {f'{self.suffix} files' if self.suffix else 'a folder'}"

    def export(self, model: Any, path: str | PathLike[str], **options: Any) -> ExportSummary:
        """Write a model in this format.

        Parameters
        ----------
        model : TableModel, TrainedNetwork or fitted estimator
            The model.
        path : path
            Where to write the file.
        **options : Any
            Options of the format, such as `quantiles`.

        Returns
        -------
        ExportSummary
            What was written.

        Raises
        ------
        SettingError
            If the format does not have such an option.
        """
        for name, value in options.items():
            if name not in self.options:
                rule = f"does not apply to the format {self.name}"
                raise SettingError(name, rule, value, "Omit it.")
        module, _, function = self.home.partition(":")
        summary: ExportSummary = getattr(import_module(module), function)(model, path, **options)
        return summary


EXPORT_FORMATS: dict[str, ExportFormat] = {
    exported.name: exported
    for exported in (
        ExportFormat(
            "onnx",
            "ONNX, which onnxruntime runs in Python, JavaScript, C++, C# and Java",
            ".onnx",
            "deltarule.export.onnx_model:to_onnx",
            extra="onnx",
            options=("quantiles", "opset"),
        ),
        ExportFormat(
            "c",
            "C99 without dependencies, for microcontrollers and other programs",
            ".c",
            "deltarule.export.c_model:to_c",
        ),
        ExportFormat(
            "huggingface",
            "a folder for the Hugging Face Hub: the model, its card and an example",
            "",
            "deltarule.export.hub_folder:to_huggingface",
            options=("title", "license", "sections"),
        ),
        ExportFormat(
            "keras",
            "Python code for Keras with a file of weights, for networks without a table",
            ".py",
            "deltarule.export.keras_model:to_keras",
            options=(),
        ),
        ExportFormat(
            "torch",
            "Python code for PyTorch with a file of weights, for networks without a table",
            ".py",
            "deltarule.export.torch_model:to_torch",
            options=(),
        ),
    )
}
"""The formats by name."""
