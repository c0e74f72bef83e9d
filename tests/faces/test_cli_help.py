"""Help, version, and what is typed wrongly."""

from __future__ import annotations

import dataclasses
import shlex
import subprocess
import sys
import time

import pytest

import deltarule
from deltarule.cli.help_texts import SUMMARIES
from deltarule.cli.options import SETTING_OPTIONS
from deltarule.cli.parser import command_parser, main_parser, parse
from deltarule.table_model import TableSettings

OPTIONS = {option.field: option for group in SETTING_OPTIONS.values() for option in group}


def test_every_setting_is_an_option_whose_printed_default_is_its_default():
    fields = {field.name: field.default for field in dataclasses.fields(TableSettings)}
    assert list(OPTIONS) == list(fields)
    for name, default in fields.items():
        option = OPTIONS[name]
        if option.default:
            assert option.read(option.default) == default, name
        else:
            assert default in (None, ()), name


@pytest.mark.parametrize("command", SUMMARIES)
def test_help_shows_valid_examples(run, command):
    outcome = run(command, "--help")
    assert (outcome.status, outcome.err) == (0, "")
    examples = [
        line.strip()
        for line in outcome.out.splitlines()
        if line.startswith("  deltarule ") or "| deltarule" in line
    ]
    assert len(examples) >= 2
    for example in examples:
        words = shlex.split(example)
        parse(words[words.index("deltarule") + 1 :])


def test_program_help_lists_the_commands(run):
    outcome = run("--help")
    assert outcome.status == 0
    assert all(f"  {command} " in outcome.out for command in SUMMARIES)
    assert run("-h").out == outcome.out


def test_version(run):
    assert run("--version").out == f"deltarule {deltarule.__version__}\n"


def test_without_a_command_help_is_printed_as_an_error(run):
    outcome = run()
    assert outcome.status == 2
    assert outcome.out == ""
    assert "examples:" in outcome.err


@pytest.mark.alone
def test_help_imports_nothing_heavy_and_is_fast():
    code = (
        "import sys; from deltarule.cli import main; main(['train', '--help']); "
        "print(*(m for m in ('numpy', 'duckdb', 'rich', 'jinja2') if m in sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == ""
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "deltarule", "--help"], capture_output=True, check=True
        )
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < 0.2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("trian iris.csv", "Did you mean 'train'?"),
        ("--hlep", "Did you mean '--help'?"),
        ("train iris.csv", "needs --target"),
        ("train --target species", "needs a SOURCE"),
        ("train iris.csv --target species --hiden 3", "Did you mean '--hidden'?"),
        ("train iris.csv --target species --epochs few", "must be an integer, got 'few'"),
        ("train iris.csv --target species --epochs 1.5", "must be an integer, got '1.5'"),
        ("train iris.csv --target species --l2 x", "--l2 must be a number, got 'x'"),
        ("train iris.csv --target species --hidden 8;8", "such as 64,64"),
        ("train iris.csv --target", "--target expected one argument"),
        ("predict", "needs a MODEL"),
        ("predict iris-model", "needs a SOURCE"),
        ("inspect", "needs a MODEL"),
    ],
)
def test_usage_errors(refused, words, said):
    assert said in refused(*words.split())


def test_options_between_positional_arguments():
    options = parse(["predict", "model", "--out", "p.csv", "a.csv", "--threads", "2", "b.csv"])
    assert (options.model, options.source, options.out) == ("model", ["a.csv", "b.csv"], "p.csv")


def test_values_are_parsed_leniently():
    words = "train a.csv --target y --hidden 32,16 --epochs 1e3 --seed 1_000 --learning-rate 1e-2"
    options = parse([*words.split(), "--drop", 'id, "a, b"'])
    assert (options.hidden, options.epochs, options.seed) == ((32, 16), 1000, 1000)
    assert options.learning_rate == 0.01
    assert options.drop == ("id", "a, b")
    assert parse(["train", "a.csv", "--target", "y", "--hidden", "none"]).hidden == ()


def test_a_repeated_list_adds_to_the_one_before():
    words = "train a.csv --target y --drop a,b --drop c --class-weight yes=2 --class-weight no=1"
    options = parse(words.split())
    assert options.drop == ("a", "b", "c")
    assert options.class_weight == (("yes", 2.0), ("no", 1.0))
    assert parse([*words.split(), "--class-weight", "balanced"]).class_weight == "balanced"


def test_every_command_has_a_parser():
    assert main_parser().prog == "deltarule"
    assert [command_parser(c).prog for c in SUMMARIES] == [f"deltarule {c}" for c in SUMMARIES]
