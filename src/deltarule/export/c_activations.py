"""Activations in C: a function of one float each, and softmax of a row."""

from __future__ import annotations

from deltarule.activations import ACTIVATIONS, ELU, Activation, Identity, LeakyReLU, Softmax
from deltarule.activations.rectifiers import SELU_ALPHA, SELU_SCALE
from deltarule.errors import SettingError
from deltarule.export.c_source import CSource, Helper
from deltarule.export.c_text import single

_SIGMOID = Helper(
    "sigmoid",
    """
static float sigmoid(float z) {
  const float small = expf(-fabsf(z));
  return z >= 0.0f ? 1.0f / (1.0f + small) : small / (1.0f + small);
}""",
)
_SOFTPLUS = Helper(
    "softplus",
    """
static float softplus(float z) {
  return (z > 0.0f ? z : 0.0f) + log1pf(expf(-fabsf(z)));
}""",
)
_MISH = Helper(
    "mish",
    """
/* z tanh(log(1 + e^z)) with one exponential. */
static float mish(float z) {
  float power, excess;
  if (z > 20.0f) {
    return z;
  }
  power = expf(z);
  excess = power * (power + 2.0f);
  return z * (excess / (excess + 2.0f));
}""",
)
_SOFTMAX = Helper(
    "softmax",
    """
static void softmax(float *z, int n) {
  float top = z[0], sum = 0.0f;
  int i;
  for (i = 1; i < n; ++i) {
    top = z[i] > top ? z[i] : top;
  }
  for (i = 0; i < n; ++i) {
    z[i] = expf(z[i] - top);
    sum += z[i];
  }
  for (i = 0; i < n; ++i) {
    z[i] /= sum;
  }
}""",
)
_CALLS: dict[str, tuple[str, Helper | None]] = {
    "sign": ("z > 0.0f ? 1.0f : (z < 0.0f ? -1.0f : 0.0f)", None),
    "step": ("z >= 0.0f ? 1.0f : 0.0f", None),
    "sigmoid": ("sigmoid(z)", _SIGMOID),
    "tanh": ("tanhf(z)", None),
    "softsign": ("z / (1.0f + fabsf(z))", None),
    "relu": ("z > 0.0f ? z : 0.0f", None),
    "leaky_relu": ("z > 0.0f ? z : {setting} * z", None),
    "elu": ("z > 0.0f ? z : {setting} * expm1f(z)", None),
    "selu": (
        f"z > 0.0f ? {single(SELU_SCALE)} * z : {single(SELU_SCALE * SELU_ALPHA)} * expm1f(z)",
        None,
    ),
    "gelu": ("0.5f * z * erfcf(-0.70710678f * z)", None),
    "silu": ("z * sigmoid(z)", _SIGMOID),
    "mish": ("mish(z)", _MISH),
    "softplus": ("softplus(z)", _SOFTPLUS),
    "exponential": ("expf(z)", None),
}
"""By kind, the expression of g(z) for a float z, and the helper that it calls."""


def activate(
    source: CSource, activation: Activation, values: str, units: int, slopes: str | None
) -> list[str]:
    """Return the statements that apply an activation to `units` floats at `values`, in place.

    With `slopes`, an expression of type const float *, z becomes z + a (g(z) - z). Raises `SettingError`
    if the activation has no translation.
    """
    if isinstance(activation, Identity):
        return []
    if isinstance(activation, Softmax):
        return [f"{source.use(_SOFTMAX)}({values}, {units});"]
    if (
        activation.kind not in _CALLS
        or type(activation) is not ACTIVATIONS.members[activation.kind]
    ):
        raise SettingError(
            "model",
            f"uses the activation {activation.kind!r}, which C export does not know",
            hint=f"It knows: identity, softmax, {', '.join(_CALLS)}.",
        )
    call, helper = _CALLS[activation.kind]
    if helper is not None:
        source.use(helper)
    setting = 0.0
    if isinstance(activation, LeakyReLU):
        setting = activation.negative_slope
    elif isinstance(activation, ELU):
        setting = activation.alpha
    output = call.format(setting=single(setting))
    statement = f"{values}[i] = {output};"
    if slopes is not None:
        statement = f"{values}[i] = z + ({slopes})[i] * (({output}) - z);"
    return [
        f"for (i = 0; i < {units}; ++i) {{",
        f"  const float z = {values}[i];",
        f"  {statement}",
        "}",
    ]
