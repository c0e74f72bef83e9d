"""A job: a training as a description that any process can run, without arrays and without functions."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule._common.version import __version__
from deltarule.engines.training_plan import TrainingPlan
from deltarule.formats.strict_json import write_json
from deltarule.losses import LOSSES
from deltarule.network import Network
from deltarule.optimizers import OPTIMIZERS
from deltarule.sampling import SAMPLINGS
from deltarule.stopping import STOPPING_RULES
from deltarule.training.checkpoint import plan_json

DIGEST_LENGTH = 32
"""Hexadecimal digits of a SHA-256 that name a file of a job folder: 128 bits."""


@dataclass(frozen=True)
class JobRows:
    """The rows of a job: a part of a block file, and which rows of it in what order.

    Parameters
    ----------
    digest : str
        Digest of the block file's header, which holds those of all its blocks.
    part : {"training", "validation"}
        Which of its rows.
    class_numbers : bool
        Whether targets are class numbers, or numbers.
    in_memory : bool
        Whether the rows are read into memory, in the order of the table that was written; otherwise
        they are read while training runs.
    rows, weights : str or None, default None
        Names of stored arrays: the indices of the rows that count, and the weights of all rows.
    """

    digest: str
    part: str
    class_numbers: bool
    in_memory: bool
    rows: str | None = None
    weights: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all of it as strict JSON types."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, reader: StrictReader) -> JobRows:
        """Return what `to_json` wrote."""
        found = cls(
            reader.take("digest", str),
            reader.one_of("part", ("training", "validation")),
            reader.take("class_numbers", bool),
            reader.take("in_memory", bool),
            _optional(reader, "rows"),
            _optional(reader, "weights"),
        )
        reader.finish()
        return found


@dataclass(frozen=True)
class FitJob:
    """One training as a description.

    Parameters
    ----------
    plan : TrainingPlan
        Network, loss, optimizer, sampling, epochs, stopping rules, seed and dtype.
    engine : str
        Name of the engine, not "auto".
    data : JobRows
        The training rows.
    validation : JobRows or None, default None
        The validation rows.
    initial_parameters : str or None, default None
        Name of a stored vector; by default, parameters are drawn from the seed.
    version : str
        Version of deltarule, since the bits of another one may differ.
    """

    plan: TrainingPlan
    engine: str
    data: JobRows
    validation: JobRows | None = None
    initial_parameters: str | None = None
    version: str = __version__

    def to_json(self) -> dict[str, Any]:
        """Return all of it as strict JSON types."""
        return {
            "version": self.version,
            "engine": self.engine,
            "plan": plan_json(self.plan),
            "data": self.data.to_json(),
            "validation": None if self.validation is None else self.validation.to_json(),
            "initial_parameters": self.initial_parameters,
        }

    @classmethod
    def from_json(cls, data: object, where: str) -> FitJob:
        """Return the job that `to_json` wrote; anything else is a `ModelFileError`."""
        reader = StrictReader(data, where)
        version = reader.take("version", str)
        engine = reader.take("engine", str)
        plan = plan_from_json(reader.reader("plan"))
        rows = JobRows.from_json(reader.reader("data"))
        validation = None
        if reader.has_value("validation"):
            validation = JobRows.from_json(reader.reader("validation"))
        initial = _optional(reader, "initial_parameters")
        reader.finish()
        return cls(plan, engine, rows, validation, initial, version)

    @cached_property
    def digest(self) -> str:
        """The name of the job's result: the same for the same training on the same rows."""
        return digest_of(write_json(self.to_json()).encode())


@dataclass(frozen=True)
class JobOrder:
    """A job with what a process needs to run it and what does not change its result.

    Parameters
    ----------
    job : FitJob
        The job.
    files : mapping of str to str
        The path of each block file by its digest.
    threads : int, default 1
        Maximum number of threads.
    """

    job: FitJob
    files: Mapping[str, str]
    threads: int = 1

    def to_text(self) -> str:
        """Return it as JSON text."""
        return write_json(
            {"job": self.job.to_json(), "files": dict(self.files), "threads": self.threads}
        )

    @classmethod
    def from_json(cls, data: object) -> JobOrder:
        """Return what `to_text` wrote, parsed."""
        reader = StrictReader(data, "the job")
        job = FitJob.from_json(reader.take("job", dict), "the job")
        files = reader.take("files", dict)
        found = cls(job, files, reader.take("threads", int))
        reader.finish()
        return found


def pack(texts: Iterable[str]) -> bytes:
    """Return the texts of orders as few bytes: clusters keep a thousand messages in their logs."""
    return zlib.compress("\n".join(texts).encode())


def unpack(packed: bytes) -> list[str]:
    """Return the texts of `pack`."""
    return zlib.decompress(packed).decode().split("\n")


def plan_from_json(reader: StrictReader) -> TrainingPlan:
    """Return the plan that `plan_json` wrote."""
    where = reader.where
    values = {
        "network": Network.from_json(reader.take("network", dict), f"{where}.network"),
        "loss": LOSSES.from_json(reader.take_any("loss"), f"{where}.loss"),
        "optimizer": OPTIMIZERS.from_json(reader.take_any("optimizer"), f"{where}.optimizer"),
        "sampling": SAMPLINGS.from_json(reader.take_any("sampling"), f"{where}.sampling"),
        "stopping": tuple(
            STOPPING_RULES.from_json(rule, f"{where}.stopping[{i}]")
            for i, rule in enumerate(reader.take("stopping", list))
        ),
        "epochs": reader.take("epochs", int),
        "keep_best": _optional(reader, "keep_best"),
        "score": reader.take("score", bool),
        "seed": reader.take("seed", int),
        "dtype": reader.one_of("dtype", ("float32", "float64")),
    }
    reader.finish()
    with broken_rules_are_file_errors(where):
        return TrainingPlan(**values)  # type: ignore[arg-type]


def digest_of(content: bytes | memoryview) -> str:
    """Return the digest that names a file."""
    return hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]


def _optional(reader: StrictReader, name: str) -> str | None:
    return reader.take(name, str) if reader.has_value(name) else None
