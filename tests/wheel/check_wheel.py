"""Install a wheel and use it outside the checkout: python check_wheel.py FILE.whl

The wheel is installed into an empty environment and used from an empty folder. Needs the network, or
another source that pip is configured for, for the dependencies.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from functools import partial
from pathlib import Path

import commands

CHECKOUT = Path(__file__).resolve().parents[2]
# Without variables that would let Python find the checkout.
run = partial(
    commands.run, environment={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
)


def main(wheel: Path) -> None:
    native = not wheel.name.endswith("-none-any.whl")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        venv.create(folder / "env", with_pip=True)
        binaries = folder / "env" / "bin"
        python, deltarule = binaries / "python", binaries / "deltarule"
        quiet = ("--quiet", "--disable-pip-version-check")
        run(
            python,
            "-m",
            "pip",
            "install",
            *quiet,
            "--constraint",
            CHECKOUT / "constraints.txt",
            wheel,
            folder=folder,
        )

        work = folder / "somewhere else"
        work.mkdir()
        (work / "iris.csv").write_bytes((CHECKOUT / "examples" / "iris.csv").read_bytes())
        where = run(python, "-c", "import deltarule; print(deltarule.__file__)", folder=work)
        assert str(folder) in where, f"import deltarule took {where}"
        if native:
            run(python, "-c", "import deltarule.engines._native", folder=work)

        trained = run(
            deltarule, "train", "iris.csv", "--target", "species", "--out", "out", folder=work
        )
        assert ("without its native engine" not in trained) == native, trained
        for name in ("model.safetensors", "report.html", "history.csv"):
            assert (work / "out" / name).stat().st_size > 0, name
        run(
            deltarule, "predict", "out/model.safetensors", "iris.csv", "--out", "p.csv", folder=work
        )
        assert len((work / "p.csv").read_text().splitlines()) == 151  # a heading and 150 flowers
        assert "species" in run(
            python, "-m", "deltarule", "inspect", "out/model.safetensors", folder=work
        )
        refused = subprocess.run(
            [deltarule, "play"], cwd=work, capture_output=True, text=True, check=False
        )
        assert refused.returncode == 2
        assert "pip install 'deltarule[play]'" in refused.stderr, refused.stderr
        refused = subprocess.run(
            [deltarule, "serve", "out"], cwd=work, capture_output=True, text=True, check=False
        )
        assert refused.returncode == 2
        assert "pip install 'deltarule[serve]'" in refused.stderr, refused.stderr
    print(f"{wheel.name}: installed and used from another folder")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
