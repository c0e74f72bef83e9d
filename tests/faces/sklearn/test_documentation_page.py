"""The code of the page docs/how-to/coming-from-scikit-learn.md runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "coming-from-scikit-learn.md"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S))
    names: dict[str, object] = {}
    exec(code, names)
    model, again = names["model"], names["again"]
    X = names["X"]
    assert (model.predict(X) == again.predict(X)).all()  # type: ignore[attr-defined]
    from matplotlib import pyplot

    pyplot.close("all")
