"""The website's stand-in for msgspec, compared with msgspec over requests and responses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

ROOT = Path(__file__).parents[3]
STAND_IN = ROOT / "web" / "site" / "python"
SCRIPT = """
import json, sys
import msgspec
import deltarule
from deltarule.errors import DeltaruleError
from deltarule.playground.protocol.wire import Message, decode_request
from deltarule.playground.experiment import Experiment
from deltarule.playground.workspace import Workspace

answers = [msgspec.__file__]
for line in open(sys.argv[1]):
    content = json.loads(line)
    try:
        request = decode_request(Message(content))
        answers.append(repr(sorted(msgspec.to_builtins(request).items())))
    except (DeltaruleError, UnicodeEncodeError):
        answers.append("refused")
    except Exception as error:
        answers.append(repr(error))
for line in open(sys.argv[2]):
    try:
        answers.append(repr(Experiment.from_json(json.loads(line))))
    except DeltaruleError as error:
        answers.append(str(error))
workspace = Workspace("reference")
for message in (
    workspace.hello("x"),
    workspace.state(playing=False, epochs_per_second=None),
    workspace.points(),
    workspace.frame(sequence=1, playing=True, epochs_per_second=float("nan")),
):
    answers.append(json.dumps(message.content, sort_keys=True))
print(json.dumps(answers))
"""
WRONG = (
    {"training": {"learning_rate": 100}},
    {"training": {"learning_rate": "fast"}},
    {"training": {"optimizer": "magic"}},
    {"training": {"patience_epochs": 0}},
    {"network": {"layers": [{"units": 0}]}},
    {"network": {"layers": [{"units": 2.5}]}},
    {"data": {"task": "both"}},
    {"data": {"rows": True}},
    {"view": {"discrete": 1}},
    {"view": {"x": ""}},
    {"vista": {}},
)


def answers(paths: tuple[Path, Path], *folders: Path) -> list[str]:
    path = os.pathsep.join(map(str, (*folders, ROOT / "src")))
    child = subprocess.run(
        [sys.executable, "-c", SCRIPT, *paths],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)


@pytest.mark.skipif(not STAND_IN.exists(), reason="the stand-in is part of a checkout")
def test_it_reads_and_writes_the_same(tmp_path):
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        from drills.message_mutations import mutated, valid
    finally:
        sys.path.remove(str(ROOT / "tests"))
    chance = Random(0)
    contents = [valid(chance)[0] for _ in range(60)] + [mutated(chance)[0] for _ in range(600)]
    requests, experiments = tmp_path / "requests", tmp_path / "experiments"
    requests.write_text("\n".join(json.dumps(c) for c in contents if isinstance(c, dict)))
    experiments.write_text("\n".join(map(json.dumps, WRONG)))
    real = answers((requests, experiments))
    other = answers((requests, experiments), STAND_IN)
    assert str(STAND_IN) in other[0]
    assert str(STAND_IN) not in real[0]
    assert other[1:] == real[1:]
    assert 100 < real.count("refused") < len(real) - 100
