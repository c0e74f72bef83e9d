"""A graph of ONNX in the making: nodes, constants and names."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import MissingPackageError

if TYPE_CHECKING:
    import onnx

Array = NDArray[Any]
ML_DOMAIN, ML_OPSET = "ai.onnx.ml", 2
IR_VERSION = 8
FLOAT, DOUBLE, INT32, INT64, STRING, BOOL = 1, 11, 6, 7, 8, 9
"""Types of elements, as the format numbers them."""
TYPES = {"f": {4: FLOAT, 8: DOUBLE}, "i": {4: INT32, 8: INT64}, "b": {1: BOOL}}


class OnnxGraph:
    """Nodes in order; values are known by their names.

    Names of inputs and outputs are those that a user sees; others are numbered, and differ from
    `reserved`.
    """

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self._onnx = _package()
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self._reserved = frozenset(reserved)
        self._constants: dict[tuple[str, tuple[int, ...], bytes], tuple[str, Array]] = {}
        self._known_nodes: dict[tuple[Any, ...], list[str]] = {}
        self._count = 0

    def _name(self, prefix: str) -> str:
        while True:
            self._count += 1
            name = f"{prefix}{self._count}"
            if name not in self._reserved:
                return name

    def free_name(self, name: str) -> str:
        """Return `name`, or with a number if an input has it."""
        free, count = name, 1
        while free in self._reserved:
            count += 1
            free = f"{name}_{count}"
        return free

    def constant(self, array: Any, dtype: Any = None) -> str:
        """Return the name of a constant; equal ones are stored once."""
        values = np.ascontiguousarray(array, dtype=dtype).reshape(np.shape(array))
        key = (values.dtype.str, values.shape, repr(values.tolist()).encode())
        if values.dtype.kind in "fib":
            key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._constants:
            self._constants[key] = (self._name("c"), values)
        return self._constants[key][0]

    def number(self, value: float) -> str:
        """Return the name of a float64 scalar."""
        return self.constant(np.float64(value))

    def integer(self, value: int) -> str:
        """Return the name of an int64 scalar."""
        return self.constant(np.int64(value))

    def axes(self, *values: int) -> str:
        """Return the name of an int64 vector."""
        return self.constant(np.array(values, np.int64))

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output and return its name."""
        return self.nodes_of(1, kind, *inputs, domain=domain, **attributes)[0]

    def nodes_of(
        self, outputs: int, kind: str, *inputs: str, domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs and return their names; an equal node is added once."""
        key = (kind, inputs, domain, repr(attributes))
        if key in self._known_nodes:
            return self._known_nodes[key]
        names = [self._name("v") for _ in range(outputs)]
        node = self._onnx.helper.make_node(kind, list(inputs), names, domain=domain, **attributes)
        self.nodes.append(node)
        self._known_nodes[key] = names
        return names

    def concat(self, values: list[str], axis: int) -> str:
        """Return several values side by side."""
        return values[0] if len(values) == 1 else self.node("Concat", *values, axis=axis)

    def take(self, value: str, places: list[int], width: int, axis: int = 1) -> str:
        """Return the chosen of `width` columns; no node if they are all, in order."""
        if places == list(range(width)):
            return value
        return self.node("Gather", value, self.constant(np.array(places, np.int64)), axis=axis)

    def input(self, name: str, kind: int, shape: list[Any], about: str) -> str:
        """Add an input and return its name."""
        self.inputs.append(self._onnx.helper.make_tensor_value_info(name, kind, shape, about))
        return name

    def output(self, name: str, value: str, kind: int, shape: list[Any], about: str) -> None:
        """Name a value of a node as an output."""
        for node in self.nodes:
            for names in (node.input, node.output):
                names[:] = [name if known == value else known for known in names]
        self.outputs.append(self._onnx.helper.make_tensor_value_info(name, kind, shape, about))

    def model(self, opset: int, about: str, metadata: dict[str, str]) -> onnx.ModelProto:
        """Return the checked model."""
        helper = self._onnx.helper
        constants = [self._tensor(name, array) for name, array in self._constants.values()]
        graph = helper.make_graph(
            self.nodes, "deltarule", self.inputs, self.outputs, constants, about
        )
        domains = sorted({node.domain for node in self.nodes} - {""})
        opsets = [helper.make_opsetid("", opset)]
        opsets += [helper.make_opsetid(domain, ML_OPSET) for domain in domains]
        model = helper.make_model(
            graph, opset_imports=opsets, producer_name="deltarule", doc_string=about
        )
        model.ir_version = max(IR_VERSION, helper.find_min_ir_version_for(opsets))
        helper.set_model_props(model, metadata)
        self._onnx.checker.check_model(model, full_check=True)
        return model

    def _tensor(self, name: str, array: Array) -> onnx.TensorProto:
        if array.dtype.kind in "OU":
            texts = [str(text).encode() for text in array.ravel()]
            return self._onnx.helper.make_tensor(name, STRING, array.shape, texts)
        return self._onnx.numpy_helper.from_array(array, name)


def newest_opset() -> int:
    """Return the newest operator set that the installed package knows."""
    return int(_package().defs.onnx_opset_version())


def type_of(dtype: Any) -> int:
    """Return the type of ONNX for a dtype of NumPy."""
    kind = np.dtype(dtype)
    return STRING if kind.kind in "OU" else TYPES[kind.kind][kind.itemsize]


def _package() -> Any:
    """Return the package onnx, or raise `MissingPackageError`."""
    try:
        import onnx
    except ImportError as error:
        raise MissingPackageError(
            "Exporting to ONNX needs the package onnx: install it with pip install 'deltarule[onnx]'."
        ) from error
    return onnx
