"""Every script of the gallery runs from beginning to end and draws something."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples"
SCRIPTS = sorted(FOLDER.glob("plot_*.py"))


def test_the_gallery_is_there():
    assert len(SCRIPTS) >= 17


@pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs(script, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    if "sklearn" in script.read_text("utf-8"):
        pytest.importorskip("sklearn")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.close("all")
    monkeypatch.setattr(pyplot, "show", lambda: None)
    try:
        runpy.run_path(str(script), run_name="__main__")
        assert pyplot.get_fignums(), "the script drew nothing"
    finally:
        pyplot.close("all")
