"""Trained networks in C: one function for networks of the same shape, with their arrays side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.errors import SettingError
from deltarule.export.c_activations import activate
from deltarule.export.c_source import CSource, Helper
from deltarule.export.c_text import single
from deltarule.export.network_steps import (
    Activate,
    Affine,
    Dense,
    Embed,
    NormalizeRow,
    Standardize,
    Step,
    network_steps,
)
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
Chain = tuple[Step, ...]

_DENSE = Helper(
    "dense",
    """
/* out = b + x W, W by rows: n inputs, m units. */
static void dense(const float *x, int n, const float *restrict w, const float *b, int m,
                  float *restrict out) {
  int i, j;
  for (j = 0; j < m; ++j) {
    out[j] = b[j];
  }
  for (i = 0; i < n; ++i) {
    const float value = x[i];
    if (value < 0.0f || value > 0.0f) {
      for (j = 0; j < m; ++j) {
        out[j] += value * w[j];
      }
    }
    w += m;
  }
}""",
)
_STANDARDIZE = Helper(
    "standardize",
    """
static void standardize(float *x, int n, const float *mean, const float *scale) {
  int i;
  for (i = 0; i < n; ++i) {
    x[i] = (x[i] - mean[i]) / scale[i];
  }
}""",
)
_AFFINE = Helper(
    "affine",
    """
static void affine(float *x, int n, const float *factor, const float *shift) {
  int i;
  for (i = 0; i < n; ++i) {
    x[i] = x[i] * factor[i] + shift[i];
  }
}""",
)
_NORMALIZE = Helper(
    "normalize",
    """
static void normalize(float *x, int n, float epsilon) {
  float mean = 0.0f, variance = 0.0f, root;
  int i;
  for (i = 0; i < n; ++i) {
    mean += x[i];
  }
  mean /= (float)n;
  for (i = 0; i < n; ++i) {
    x[i] -= mean;
    variance += x[i] * x[i];
  }
  root = sqrtf(variance / (float)n + epsilon);
  for (i = 0; i < n; ++i) {
    x[i] /= root;
  }
}""",
)
_COPY = Helper(
    "copy",
    """
static void copy(const float *x, int n, float *out) {
  int i;
  for (i = 0; i < n; ++i) {
    out[i] = x[i];
  }
}""",
)
_PERIODIC = Helper(
    "periodic",
    """
/* x, and cos(2 pi w x + b) V + c: k frequencies, m outputs besides x. */
static void periodic(float x, const float *p, int k, int m, float *out) {
  const float *const b = p + k, *v = p + 2 * k, *const c = v + k * m;
  int i, j;
  *out++ = x;
  for (j = 0; j < m; ++j) {
    out[j] = c[j];
  }
  for (i = 0; i < k; ++i) {
    const float wave = cosf(6.2831853f * x * p[i] + b[i]);
    for (j = 0; j < m; ++j) {
      out[j] += wave * v[j];
    }
    v += m;
  }
}""",
)
_PIECES = Helper(
    "pieces",
    """
/* The share of each of n bins below x, times V, plus c. */
static void pieces(float x, const float *edge, const float *inverse, const float *v, int n, int m,
                   float *out) {
  const float *const c = v + n * m;
  int i, j;
  for (j = 0; j < m; ++j) {
    out[j] = c[j];
  }
  for (i = 0; i < n; ++i) {
    float share = (x - edge[i]) * inverse[i];
    if (!(share > 0.0f)) {
      break;
    }
    if (share > 1.0f) {
      share = 1.0f;
    }
    for (j = 0; j < m; ++j) {
      out[j] += share * v[j];
    }
    v += m;
  }
}""",
)
_CATEGORY = Helper(
    "category",
    """
/* The row of x in a table of n rows, m numbers each. */
static void category(float x, const float *table, int n, int m, float *out) {
  int row = 0;
  if (x > (float)(n - 1)) {
    row = n - 1;
  } else if (x > 0.0f) {
    const float nearest = rintf(x);
    row = (int)nearest;
  }
  copy(table + row * m, m, out);
}""",
    (_COPY,),
)


@dataclass(frozen=True)
class Chains:
    """A function that computes some of the networks.

    `function(i, x, out)` writes the outputs of chain i. `networks` have `members` chains each, one after
    another. `stack_bytes` is the size of its local arrays. Each network counts `votes` times.
    """

    function: str
    networks: int
    members: int
    stack_bytes: int
    votes: int = 1


def add_networks(
    source: CSource,
    networks: Sequence[TrainedNetwork],
    before: tuple[Standardize, ...] = (),
    votes: Sequence[int] = (),
) -> list[Chains]:
    """Add a function for each shape and vote of the networks, which begins with the steps `before`."""
    groups: dict[Any, list[tuple[Chain, ...]]] = {}
    for trained, vote in zip(networks, votes or [1] * len(networks), strict=True):
        members = network_steps(trained, before)
        groups.setdefault((vote, len(members), *map(_shape, members[0])), []).append(members)
    found = []
    for number, (key, group) in enumerate(groups.items()):
        name = "network" if len(groups) == 1 else f"network_{number + 1}"
        chains = [chain for members in group for chain in members]
        stack = _add_function(source, name, chains)
        found.append(Chains(name, len(group), len(group[0]), stack, key[0]))
    return found


def _shape(step: Step) -> Any:
    """Return what must be equal for one function to compute a step of several networks."""
    match step:
        case Embed(columns):
            return [(source, embedding) for source, embedding, _ in columns].__repr__()
        case Standardize(mean):
            return "standardize", len(mean)
        case Affine(factor):
            return "affine", len(factor)
        case NormalizeRow(epsilon):
            return "normalize", epsilon
        case Dense(weights):
            return "dense", weights.shape
        case Activate(activation, slopes):
            return activation, slopes is None


class _Function:
    """The statements of a function whose rows change place between two local arrays."""

    def __init__(self, source: CSource, name: str, chains: Sequence[Chain]) -> None:
        self.source, self.name, self.chains = source, name, chains
        self.statements: list[str] = []
        self.sizes: dict[str, int] = {}
        self.x, self.units = "x", 0

    def stacked(self, name: str, arrays: Sequence[Array]) -> str:
        """Return an expression for the array of the network with the number `chain`."""
        with np.errstate(over="ignore"):  # infinite numbers are refused when they are written
            flat = [np.asarray(array, np.float32).ravel() for array in arrays]
        if all(np.array_equal(flat[0], other) for other in flat[1:]):
            return self.source.array(name, flat[0])
        return f"{self.source.array(name, np.concatenate(flat))} + chain * {len(flat[0])}"

    def place(self, units: int) -> str:
        """Return the local array that does not hold the current row, for `units` floats."""
        chosen = "b" if self.x == "a" else "a"
        self.sizes[chosen] = max(self.sizes.get(chosen, 0), units)
        return chosen

    def move(self) -> None:
        """Copy the inputs, which must not change, to a local array."""
        if self.x == "x":
            into = self.place(self.units)
            self.statements.append(f"{self.source.use(_COPY)}(x, {self.units}, {into});")
            self.x = into

    def add(self, number: int, steps: Sequence[Any], *, is_last: bool) -> None:
        """Add a step; the last dense step writes to the outputs."""
        match steps[0]:
            case Embed():
                self._embed(steps)
            case Standardize():
                self.move()
                mean = self.stacked(f"mean_{number}", [step.mean for step in steps])
                scale = self.stacked(f"scale_{number}", [step.scale for step in steps])
                call = self.source.use(_STANDARDIZE)
                self.statements.append(f"{call}({self.x}, {self.units}, {mean}, {scale});")
            case Affine():
                self.move()
                factor = self.stacked(f"factor_{number}", [step.factor for step in steps])
                shift = self.stacked(f"shift_{number}", [step.shift for step in steps])
                call = self.source.use(_AFFINE)
                self.statements.append(f"{call}({self.x}, {self.units}, {factor}, {shift});")
            case NormalizeRow(epsilon=epsilon):
                self.move()
                call = self.source.use(_NORMALIZE)
                self.statements.append(f"{call}({self.x}, {self.units}, {single(epsilon)});")
            case Dense():
                inputs, units = steps[0].weights.shape
                weights = self.stacked(f"weights_{number}", [step.weights for step in steps])
                biases = self.stacked(f"biases_{number}", [step.biases for step in steps])
                out = "out" if is_last else self.place(units)
                call = self.source.use(_DENSE)
                self.statements.append(
                    f"{call}({self.x}, {inputs}, {weights}, {biases}, {units}, {out});"
                )
                self.x, self.units = out, units
            case Activate(activation=function, slopes=slopes):
                self.move()
                factors = None
                if slopes is not None:
                    factors = self.stacked(f"slopes_{number}", [step.slopes for step in steps])
                self.statements += activate(self.source, function, self.x, self.units, factors)

    def _embed(self, steps: Sequence[Embed]) -> None:
        columns = steps[0].columns
        units = sum(embedding.outputs for _, embedding, _ in columns)
        out = self.place(units)
        start = 0
        for i, (place, embedding, _) in enumerate(columns):
            own = [step.columns[i][2] for step in steps]
            parameters = self.stacked(f"embedding_{i}", own) if own[0].size else ""
            at = f"{out} + {start}" if start else out
            self.statements.append(_embed(self.source, embedding, f"x[{place}]", parameters, at, i))
            start += embedding.outputs
        self.x, self.units = out, units


def _embed(
    source: CSource, embedding: ColumnEmbedding, x: str, parameters: str, out: str, number: int
) -> str:
    """Return the statement that embeds a column."""
    match embedding:
        case Plain():
            return f"*({out}) = {x};"
        case Periodic(frequencies=frequencies, width=width):
            call = source.use(_PERIODIC)
            return f"{call}({x}, {parameters}, {frequencies}, {width - 1}, {out});"
        case PiecewiseLinear(bins=bins, width=width):
            edges = np.asarray(embedding.edges, np.float32)
            inverse = 1 / np.maximum(edges[1:] - edges[:-1], np.finfo(np.float32).tiny)
            low = source.array(f"edges_{number}", edges[:-1])
            scale = source.array(f"inverse_widths_{number}", inverse)
            return (
                f"{source.use(_PIECES)}({x}, {low}, {scale}, {parameters}, {bins}, {width}, {out});"
            )
        case Category(count=count, width=width):
            return f"{source.use(_CATEGORY)}({x}, {parameters}, {count}, {width}, {out});"
    raise SettingError(
        "model",
        f"embeds a column by {type(embedding).__name__}, which C export does not know",
        hint="It knows: Plain, Periodic, PiecewiseLinear, Category.",
    )


def _add_function(source: CSource, name: str, chains: Sequence[Chain]) -> int:
    """Add the function of some networks and return the size of its local arrays."""
    function = _Function(source, name, chains)
    function.units = _inputs(chains[0])
    last = max(i for i, step in enumerate(chains[0]) if isinstance(step, Dense))
    for i, steps in enumerate(zip(*chains, strict=True)):
        function.add(i + 1, steps, is_last=i == last)
    body = function.statements
    local = [f"float {', '.join(f'{n}[{size}]' for n, size in function.sizes.items())};"]
    lines = [
        *(local if function.sizes else []),
        *(["int i;"] if any(line.startswith("for (i") for line in body) else []),
        *([] if any("chain" in line for line in body) else ["(void)chain;"]),
        *body,
    ]
    inner = "\n".join(f"  {line}" for line in lines)
    source.functions.append(
        f"static void {name}(int chain, const float *x, float *out) {{\n{inner}\n}}"
    )
    return 4 * sum(function.sizes.values())


def _inputs(chain: Chain) -> int:
    """Return the units of the inputs up to the first step that states or changes them."""
    for step in chain:
        match step:
            case Dense(weights):
                return len(weights)
            case Affine(factor) | Standardize(factor):
                return len(factor)
            case Embed(columns):
                return max(source for source, _, _ in columns) + 1
    raise AssertionError(chain)
