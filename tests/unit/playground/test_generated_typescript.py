"""The checked-in TypeScript and CSS match the generator."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "web" / "tools" / "generate_typescript.py"


def test_generated_files_are_up_to_date():
    spec = importlib.util.spec_from_file_location("generate_typescript", SCRIPT)
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    different = [
        path.name for path, text in generator.generated().items() if path.read_text() != text
    ]
    assert different == [], "run make generate"
