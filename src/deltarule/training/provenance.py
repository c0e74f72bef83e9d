"""What computed the bits of a run: its engine, the processor's instructions, the version of deltarule."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from typing import Any

from deltarule._common.strict_reader import StrictReader, file_error
from deltarule._common.version import __version__
from deltarule.engines.capabilities import instruction_level
from deltarule.engines.contract import Engine
from deltarule.errors import shortened

MAX_NAME_LENGTH = 80


@dataclass(frozen=True)
class Provenance:
    """What computed a run; a run that continues elsewhere may end in other bits.

    Parameters
    ----------
    engine : str
        Name of the engine.
    instruction_level : str or None
        The processor's instructions that the engine uses; None if the engine does not choose them.
    platform : str
        Operating system and processor, such as "linux x86_64".
    version : str
        Version of deltarule.
    """

    engine: str
    instruction_level: str | None
    platform: str
    version: str

    @classmethod
    def of(cls, engine: Engine) -> Provenance:
        """Return what a run of `engine` in this process is computed by."""
        system = f"{sys.platform} {platform.machine()}"
        return cls(engine.name, instruction_level(engine), system, __version__)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as strict JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, reader: StrictReader) -> Provenance:
        """Return what `to_json` wrote."""
        engine = _name(reader, "engine")
        level = None
        if reader.has_value("instruction_level"):
            level = _name(reader, "instruction_level")
        found = cls(engine, level, _name(reader, "platform"), _name(reader, "version"))
        reader.finish()
        return found

    def differences(self, here: Provenance) -> list[str]:
        """Return how this process differs, engine apart, such as "version 1.0 (here 1.1)"."""
        names = {
            "version": "version {} of deltarule",
            "instruction_level": "the instructions {}",
            "platform": "the platform {}",
        }
        return [
            f"{text.format(getattr(self, name))} (here {getattr(here, name)})"
            for name, text in names.items()
            if getattr(self, name) != getattr(here, name)
        ]


def _name(reader: StrictReader, key: str) -> str:
    """Return a short text of a file, which messages quote."""
    name = reader.take(key, str)
    if len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise file_error(f"{reader.where}.{key} must be a name, got {shortened(name)}.")
    return name
