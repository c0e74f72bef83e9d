"""The documentation reports what it could not write: a formula with its place, and missing pages."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).resolve().parents[2] / "docs" / "extensions"

pytest.importorskip("sphinx", reason="needs Sphinx")
pytestmark = pytest.mark.skipif(not EXTENSIONS.exists(), reason="the sdist has no docs")


def built(folder: Path, pages: dict[str, str], lose: str = "") -> tuple[int, str]:
    """Build a documentation of these pages, lose one of them, and return the status and the warnings."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(EXTENSIONS)!r})\n"
        "extensions = ['math_as_mathml', 'missing_pages']\nhtml_math_renderer = 'mathml'\n"
        "html_theme = 'basic'\n"
    )
    for name, text in pages.items():
        (folder / f"{name}.rst").write_text(f"{name}\n{'=' * 20}\n\n{text}\n", encoding="utf-8")
    warnings, out = io.StringIO(), folder / "out"
    with docutils_namespace():
        app = Sphinx(folder, folder, out, folder / "trees", "html", status=None, warning=warnings,
                     exception_on_warning=False, warningiserror=True)  # fmt: skip
        if lose:
            app.connect("build-finished", lambda *_: (out / lose).unlink(), priority=1)
        app.build()
    return app.statuscode, warnings.getvalue()


@pytest.fixture(autouse=True)
def _same_path_afterwards(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])


def test_a_formula_that_cannot_be_read_is_reported_with_its_place(tmp_path):
    status, warnings = built(tmp_path, {"index": "Good :math:`a + b`.\n\n.. math:: a + \\dots"})
    assert status == 1
    assert "index.rst:6" in warnings
    assert "\\dots" in warnings


def test_missing_pages_are_reported(tmp_path):
    pages = {"index": ".. toctree::\n\n   other", "other": "Text."}
    assert built(tmp_path, pages) == (0, "")
    (tmp_path / "second").mkdir()
    status, warnings = built(tmp_path / "second", pages, lose="other.html")
    assert status == 1
    assert "Pages were not written: other." in warnings
