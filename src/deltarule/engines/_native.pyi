"""The compiled module (`native/bindings`); only `engines/native_module.py` imports it.

…32 computes in float32, …64 in float64. Arrays must be C-contiguous and of exactly that dtype: nothing
is converted.
"""

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

_State = tuple[int, float, float, float, list[float], list[list[float]]]

def compiled_levels() -> list[str]: ...
def take_refused_threads() -> int: ...
def supported_levels() -> list[str]: ...
def activation_names() -> list[str]: ...
def loss_names() -> list[str]: ...
def optimizer_names() -> list[str]: ...
def optimizer_settings() -> list[str]: ...
def column_embedding_names() -> list[str]: ...
def stopping_rule_names() -> list[str]: ...

class Column:
    def __init__(
        self,
        *,
        formula: int,
        outputs: int,
        features: int,
        parameter_count: int,
        edges: Sequence[float],
        source: int,
    ) -> None: ...

class Group:
    def __init__(
        self, *, count: int, rate_factor: float, decay_factor: float, trainable: bool
    ) -> None: ...

class Layer:
    def __init__(
        self,
        *,
        inputs: int,
        units: int,
        activation: int,
        activation_setting: float,
        bias: bool,
        drops: bool,
        l1: float,
        l2: float,
        max_norm: float | None,
        weight_factor: float,
        scale: bool,
        learned_activation: bool,
        sharing: int,
        trainable: bool,
        kind: int,
        momentum: float,
        epsilon: float,
        rescales: bool,
        centers: bool,
    ) -> None: ...

class Loss:
    def __init__(
        self,
        *,
        formula: int,
        settings: Sequence[float],
        label_smoothing: float,
        classifies: bool,
        fused: bool,
        other_classes: float,
        own_class: float,
        threshold: float | None,
    ) -> None: ...

class Optimizer:
    def __init__(
        self,
        *,
        formula: int,
        slot_count: int,
        settings: Sequence[float],
        clip_norm: float | None,
        clip_array_norm: float | None,
        clip_value: float | None,
    ) -> None: ...

class Rule:
    def __init__(
        self,
        *,
        formula: int,
        settings: Sequence[float],
        initial_state: Sequence[float],
    ) -> None: ...

class Plateau:
    def __init__(
        self,
        *,
        factor: float,
        patience_epochs: float,
        min_improvement: float,
        minimum: float,
        monitor: int,
    ) -> None: ...

class Plan:
    def __init__(
        self,
        *,
        layers: Sequence[Layer],
        columns: Sequence[Column],
        members: int,
        groups: Sequence[Group],
        loss: Loss,
        optimizer: Optimizer,
        sampling: int,
        batch_rows: int,
        block_rows: int,
        window_blocks: int,
        epochs: int,
        stopping: Sequence[Rule],
        measures_gradient_norm: bool,
        plateau: Plateau | None,
        keep_best: int | None,
        score: bool,
        seed: int,
    ) -> None: ...

class BlockSection:
    def __init__(self, *, type: int, width: int, columns: Sequence[int]) -> None: ...

class BlockSource:
    def __init__(
        self,
        *,
        descriptor: int,
        position: int,
        rows: int,
        block_rows: int,
        features: Sequence[BlockSection],
        targets: BlockSection,
        class_numbers: bool,
        weighted: bool,
        mean_weight: float,
        inputs: int,
        outputs: int,
    ) -> None: ...

class Table32:
    def __init__(
        self,
        inputs: NDArray[Any],
        targets: NDArray[Any] | None,
        classes: NDArray[Any] | None,
        weights: NDArray[Any] | None,
        chosen: NDArray[Any] | None = None,
    ) -> None: ...

class Table64(Table32): ...

class Session32:
    def __init__(
        self,
        plan: Plan,
        data: Table32 | BlockSource,
        validation: Table32 | BlockSource | None,
        start: NDArray[Any],
        slots: Sequence[NDArray[Any]],
        level: str,
        threads: int,
    ) -> None: ...
    def run(
        self,
        numbers: NDArray[Any],
        deadline_s: float,
        target_scale: Callable[[], float],
        chunks: list[tuple[bytes, int, int, int, int]],
    ) -> None: ...
    def end(self) -> None: ...
    def result(self) -> NDArray[Any]: ...
    def weights(self) -> NDArray[Any]: ...
    def best_weights(self) -> NDArray[Any]: ...
    def slot(self, index: int) -> NDArray[Any]: ...
    def state(self) -> _State: ...
    def momentum_product(self) -> float: ...
    def is_broken(self) -> bool: ...
    def restore(
        self,
        state: _State,
        weights: NDArray[Any],
        best_weights: NDArray[Any] | None,
        slots: Sequence[NDArray[Any]],
        momentum_product: float,
    ) -> None: ...

class Session64(Session32): ...

class Network32:
    def __init__(self, plan: Plan, level: str, threads: int) -> None: ...
    def prepare(self, weights: Sequence[NDArray[Any]]) -> None: ...
    def predict(self, inputs: NDArray[Any], outputs: NDArray[Any]) -> None: ...
    def predict_each(self, inputs: NDArray[Any], outputs: NDArray[Any]) -> None: ...
    def predict_row(self, inputs: object) -> NDArray[Any] | None: ...
    def loss_and_gradient(
        self, data: Table32, weights: NDArray[Any], gradient: NDArray[Any]
    ) -> float: ...
    def evaluate(
        self, data: Table32 | BlockSource, weights: NDArray[Any]
    ) -> tuple[float, float]: ...

class Network64(Network32): ...

MAX_CLASSES: int

def scale_logits(logits: NDArray[Any], temperature: float) -> None: ...
def mean_shares(powers: NDArray[Any], out: NDArray[Any]) -> None: ...

class RowEncoder:
    """Encodes rows that are dictionaries."""

    width: int
    def add_column(
        self,
        name: str,
        values: str,
        levels: Sequence[str],
        missing: Sequence[float],
        low: float,
        high: float,
    ) -> None: ...
    def add_operation(
        self,
        kind: str,
        numbers: Sequence[float],
        count: int,
        marks_others: bool,
        tables: Sequence[Sequence[float]],
    ) -> None: ...
    def add_width(self, width: int) -> None: ...
    def encode(self, row: dict[str, Any], features: NDArray[Any]) -> bool: ...
    def prepare_tables(self) -> None: ...
    def encode_table(
        self, cells: list[NDArray[Any] | None], rows: NDArray[Any], features: NDArray[Any]
    ) -> None: ...

class PlainTextParser:
    """Parses the lines of a plain text table."""

    is_plain: bool
    rows: int
    text_bytes: int
    missing: list[int]
    lowest_fractions: list[float]
    has_all_numbers: bool
    def __init__(
        self,
        *,
        separator: int,
        quote: int,
        kinds: Sequence[int],
        missing: Sequence[str],
        infers_types: bool,
    ) -> None: ...
    def parse(
        self,
        text: NDArray[Any],
        begin: int,
        stop: int,
        numbers: NDArray[Any],
        most_rows: int,
    ) -> int: ...
    def texts(self, place: int) -> tuple[bytes, bytes, tuple[bytes, int, bytes] | None]: ...
    def clear(self) -> None: ...

def dictionary_of(numbers: NDArray[Any]) -> tuple[bytes, int, bytes] | None: ...
def random_words(seed: int, purpose: int, first: int, words: NDArray[Any]) -> None: ...
def gather_rows(rows: NDArray[Any], order: NDArray[Any], out: NDArray[Any]) -> None: ...
