"""Objects of Keras itself or of other libraries, handed in where deltarule's own are needed."""

from __future__ import annotations

import sys

from deltarule.errors import SettingError
from deltarule.keras.absent import instead_of

_LIBRARIES = {
    "flax": "Flax", "jax": "JAX", "keras": "Keras", "keras_core": "Keras", "optax": "Optax",
    "tensorflow": "TensorFlow", "tf_keras": "Keras", "torch": "PyTorch",
}  # fmt: skip
_NAMES = {"KerasTensor": "Input", "Functional": "Model", "Linear": "Dense"}
_PLACES = ("models", "optimizers.schedules")


def refuse_foreign(owner: str, value: object, module: str) -> None:
    """Raise an error for an object, a class or a function of another library.

    `module`: the module of deltarule.keras that has such objects, such as "layers".
    """
    library = _library(value)
    if library is None:
        return
    given = value if hasattr(value, "__name__") else type(value)
    name = str(getattr(given, "__name__", ""))
    ours = _NAMES.get(name, name)
    place = next((m for m in (module, *_PLACES) if ours in _exported(m)), None)
    if library == "Keras":
        if place is None:
            instead = instead_of(module, name) or "use Keras for the whole model"
            rule = f"is Keras's own {name}, which deltarule does not have: {instead}"
        else:
            rule = (
                f"is Keras's own {name}: import it from deltarule.keras (from deltarule.keras.{place} "
                f"import {ours})"
            )
    else:
        rule = f"is {library}'s {name}: build the model from objects of deltarule.keras"
        rule += f" (from deltarule.keras.{place} import {ours})" if place else ""
    raise SettingError(owner, rule)


def _library(value: object) -> str | None:
    """Return the library that a class, a function or the class of an object comes from."""
    made = [value] if hasattr(value, "__module__") and hasattr(value, "__name__") else []
    kinds = value.__mro__ if isinstance(value, type) else type(value).__mro__
    for thing in (*made, *kinds):
        parts = str(getattr(thing, "__module__", "")).split(".")
        if parts[0] == "tensorflow" and "keras" in parts:
            return "Keras"
        if parts[0] in _LIBRARIES:
            return _LIBRARIES[parts[0]]
    return None


def _exported(module: str) -> tuple[str, ...]:
    return tuple(getattr(sys.modules.get(f"deltarule.keras.{module}"), "__all__", ()))
