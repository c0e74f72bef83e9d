"""The arguments of each command. Imports nothing heavy, because --help must be instant."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, Namespace, _ArgumentGroup
from collections.abc import Callable
from typing import Any

from deltarule.cli.options import (
    SETTING_OPTIONS,
    AddAction,
    integer,
    layer_sizes,
    number,
    numbers,
    or_auto,
)
from deltarule.cli.reading import add_reading_options
from deltarule.engines import engine_names
from deltarule.export.formats import EXPORT_FORMATS

ENGINE_HELP = (
    f"{', '.join(engine_names())}, or auto: native if it was built, else reference (NumPy, slow) "
    "(default: auto)"
)


class OnceAction(Action):
    """Store a value, and refuse a second one."""

    def __call__(self, parser: ArgumentParser, found: Namespace, value: Any, *_: Any) -> None:
        """Store the value."""
        before = getattr(found, self.dest)
        if before not in (None, value):
            raise ArgumentError(self, f"must be given once, got {before!r} and {value!r}")
        setattr(found, self.dest, value)


def _source(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source", nargs="*", metavar="SOURCE", help="the table; - for standard input"
    )


def _running(parser: ArgumentParser, of_machine: str = "") -> _ArgumentGroup:
    group = parser.add_argument_group("execution")
    group.add_argument(
        "--engine",
        metavar="NAME",
        default="auto",
        help=ENGINE_HELP,
    )
    group.add_argument(
        "--threads",
        type=or_auto(integer),
        metavar="N",
        help="upper bound on threads, or auto: one per processor (default: auto); changes no result"
        f"{of_machine}",
    )
    return group


def _memory_limit(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--memory-limit",
        metavar="SIZE",
        help="memory that the rows of a file may take, such as 4GB or 25%%; a larger table is streamed "
        "(default: half of the free memory)",
    )


def _train(parser: ArgumentParser) -> None:
    _memory_limit(_training(parser, "continue from the checkpoint in the output folder"))
    parser.add_argument(
        "--by",
        metavar="COLUMN",
        help="train a model for each value of this column, such as each shop, and one of all rows for "
        "the others",
    )
    parser.add_argument("--checkpoint-every-s", type=number, default=30.0, help=SUPPRESS)
    _cluster(parser).add_argument(
        "--shards",
        type=integer,
        metavar="N",
        help="stream the table and train one network on N parts of it, which the workers visit in turn; "
        "the result depends on N, not on the number of workers",
    )


def _cluster(parser: ArgumentParser) -> _ArgumentGroup:
    cluster = parser.add_argument_group("cluster")
    cluster.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="train the networks on the Dask cluster at this address, such as tcp://127.0.0.1:8786, or "
        "with this scheduler file; its workers share the output folder",
    )
    cluster.add_argument(
        "--allow-plain-tcp",
        action="store_true",
        help="let the connection to the cluster leave this machine without encryption",
    )
    return cluster


def _tune(parser: ArgumentParser) -> None:
    _training(parser, "go on with the trials in the output folder")
    parser.add_argument(
        "--trials",
        type=integer,
        metavar="N",
        help="trials, two of them of the default (default: 64; with --time-limit-s as many as fit)",
    )
    parser.add_argument(
        "--sampler",
        metavar="NAME",
        default="random",
        help="random, or optuna: its estimator learns from the first rung (default: random)",
    )
    _cluster(parser)


def _training(parser: ArgumentParser, resume: str) -> _ArgumentGroup:
    """Add the arguments of `train` and `tune`; return the group on execution.

    `resume` is the help of --resume.
    """
    _source(parser)
    parser.add_argument(
        "--target", metavar="COLUMN", action=OnceAction, help="the column to predict (required)"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", help="output folder (default: ./<name of SOURCE>-model)"
    )
    parser.add_argument(
        "--test",
        metavar="FILE",
        help="rows for the test scores; without it, a share of SOURCE (--test-fraction)",
    )
    parser.add_argument("--no-report", action="store_true", help="do not write report.html")
    parser.add_argument(
        "--no-rows", action="store_true", help="leave rows of the data out of the report"
    )
    parser.add_argument(
        "--card", metavar="FILE", help="Markdown file whose sections fill the report's model card"
    )
    parser.add_argument("--resume", action="store_true", help=resume)
    for title, options in SETTING_OPTIONS.items():
        group = parser.add_argument_group(title)
        for option in options:
            group.add_argument(
                option.flag,
                action=AddAction if option.repeatable else "store",
                dest=option.field,
                type=option.read,
                metavar=option.metavar,
                help=option.help + (f" (default: {option.default})" if option.default else ""),
            )
    add_reading_options(parser, cells=True)
    group = _running(parser, "; with --cluster, those of this machine alone")
    group.add_argument("--json", action="store_true", help="print JSON lines")
    group.add_argument("--quiet", action="store_true", help="print only warnings and errors")
    return group


def _predict(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    _source(parser)
    parser.add_argument("--out", metavar="FILE", help="a .csv or .parquet file")
    parser.add_argument(
        "--quantiles",
        type=numbers,
        default=(),
        metavar="Q,...",
        help="quantiles to predict in regression, such as 0.05,0.5,0.95",
    )
    add_reading_options(parser)
    group = _running(parser)
    _memory_limit(group)
    group.add_argument("--json", action="store_true", help="print JSON lines")


def _evaluate(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    _source(parser)
    add_reading_options(parser)
    group = _running(parser)
    _memory_limit(group)
    group.add_argument("--json", action="store_true", help="print one JSON object")


def _inspect(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _distill(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    _source(parser)
    parser.add_argument(
        "--out", metavar="FILE", help="the small model (required): a .safetensors file"
    )
    parser.add_argument(
        "--hidden",
        type=layer_sizes,
        default=(32, 32),
        metavar="N,...",
        help="units of each hidden layer, or none (default: 32,32)",
    )
    parser.add_argument(
        "--networks",
        type=integer,
        default=1,
        metavar="N",
        help="networks, whose mean output is predicted (default: 1)",
    )
    parser.add_argument(
        "--test",
        metavar="FILE",
        help="rows for the scores; without it, those of SOURCE that training tested on",
    )
    parser.add_argument(
        "--seed", type=integer, default=0, metavar="N", help="random seed (default: 0)"
    )
    add_reading_options(parser)
    group = _running(parser)
    group.add_argument("--json", action="store_true", help="print one JSON object")


def _export(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    parser.add_argument(
        "--group",
        metavar="VALUE",
        help="the group whose model to export, of a model that was trained with --by",
    )
    formats = "; ".join(f"{name}: {known.label}" for name, known in EXPORT_FORMATS.items())
    parser.add_argument("--to", metavar="FORMAT", help=f"the format (required): {formats}")
    endings = dict.fromkeys(known.suffix or "a folder" for known in EXPORT_FORMATS.values())
    suffixes = ", ".join(endings)
    parser.add_argument("--out", metavar="FILE", help=f"the file (required): {suffixes}")
    parser.add_argument(
        "--quantiles",
        type=numbers,
        default=(),
        metavar="Q,...",
        help="quantiles to predict in regression, such as 0.05,0.5,0.95",
    )
    parser.add_argument(
        "--opset",
        type=integer,
        metavar="N",
        help="operator set of ONNX, at least 18, for onnx (default: 18)",
    )
    parser.add_argument("--license", metavar="NAME", help="license of the model, for huggingface")
    parser.add_argument(
        "--card", metavar="FILE", help="Markdown file with sections of the card, for huggingface"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _serve(parser: ArgumentParser) -> None:
    parser.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="a model file, an output folder of train, or NAME=PATH",
    )
    group = parser.add_argument_group("address")
    group.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="address of this computer; 0.0.0.0 for all of them (default: 127.0.0.1)",
    )
    group.add_argument(
        "--port",
        type=integer,
        default=8000,
        metavar="N",
        help="port; 0 for a free one (default: 8000)",
    )
    token = group.add_mutually_exclusive_group()
    token.add_argument(
        "--token",
        metavar="TEXT",
        help="what requests must send (default: $DELTARULE_TOKEN; else none on 127.0.0.1, and a new "
        "one elsewhere)",
    )
    token.add_argument(
        "--no-token", action="store_true", help="answer everybody who can reach the address"
    )
    group = parser.add_argument_group("limits")
    for flag, read, default, what in (
        ("--max-bytes", integer, "10e6", "longest body of a request"),
        ("--max-rows", integer, "10000", "most rows of a request"),
        ("--max-concurrent", integer, "32", "requests of one worker in progress"),
        ("--timeout-s", number, "30", "longest time of a prediction, in seconds"),
    ):
        group.add_argument(
            flag, type=read, default=read(default), metavar="N", help=f"{what} (default: {default})"
        )
    group = parser.add_argument_group("execution")
    group.add_argument(
        "--workers",
        type=integer,
        default=1,
        metavar="N",
        help="processes that answer (default: 1)",
    )


def _play(parser: ArgumentParser) -> None:
    _source(parser)
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help="the column to predict; without it, the last suitable one",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address without opening a browser"
    )
    parser.add_argument(
        "--port",
        type=integer,
        default=0,
        metavar="N",
        help="port of 127.0.0.1 (default: 0, a free one)",
    )
    parser.add_argument(
        "--engine",
        metavar="NAME",
        default="auto",
        help=ENGINE_HELP,
    )
    add_reading_options(parser, cells=True)


ADD_ARGUMENTS: dict[str, Callable[[ArgumentParser], None]] = {
    "train": _train,
    "tune": _tune,
    "predict": _predict,
    "evaluate": _evaluate,
    "inspect": _inspect,
    "distill": _distill,
    "export": _export,
    "serve": _serve,
    "play": _play,
}
"""What adds the arguments of each command to its parser."""
