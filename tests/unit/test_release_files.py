"""What a release is built with: the workflows, the tag, and the page where Node.js is missing."""

import importlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
WORKFLOWS = CHECKOUT / ".github" / "workflows"


@pytest.fixture
def packaging_folder(monkeypatch):
    monkeypatch.syspath_prepend(str(CHECKOUT / "packaging"))
    yield importlib.import_module
    for name in ("build_backend", "build_page", "check_tag"):
        sys.modules.pop(name, None)


def test_actions_are_named_by_their_commits():
    if not WORKFLOWS.is_dir():
        pytest.skip("an sdist has no workflows")
    actions = re.findall(
        r"uses: (\S+)(.*)", "".join(f.read_text() for f in WORKFLOWS.glob("*.yml"))
    )
    assert len(actions) > 10
    for action, comment in actions:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action} does not say its version"


def test_a_tag_names_the_version(packaging_folder):
    import deltarule

    check_tag = packaging_folder("check_tag")
    assert check_tag.main(f"v{deltarule.__version__}") is None
    for tag in (deltarule.__version__, "v99.0.0"):
        assert tag in check_tag.main(tag)


@pytest.mark.parametrize("missing", ["node", "npm"])
def test_without_nodejs_it_is_built_without_the_page(
    packaging_folder, monkeypatch, capsys, tmp_path, missing
):
    build_page, backend = packaging_folder("build_page"), packaging_folder("build_backend")
    monkeypatch.setattr(build_page.shutil, "which", lambda name: None if name == missing else name)
    monkeypatch.setattr(backend, "PAGE", tmp_path / "no page")
    monkeypatch.setattr(backend, "WEB", tmp_path)
    monkeypatch.setenv("DELTARULE_HAS_PAGE", "1")
    monkeypatch.setattr(
        backend.core, "build_wheel", lambda *_: backend.os.environ["DELTARULE_HAS_PAGE"]
    )
    assert backend.build_wheel("folder") == "0"
    assert (
        "without the playground's page: Node.js 20 or newer with npm was not found"
        in capsys.readouterr().err
    )


def test_a_page_that_is_there_is_not_built_again(packaging_folder, monkeypatch, tmp_path):
    backend = packaging_folder("build_backend")
    (tmp_path / backend.SBOM).write_text("{}")
    monkeypatch.setattr(backend, "PAGE", tmp_path)
    monkeypatch.setattr(backend, "build_page", lambda: pytest.fail("the page was built"))
    monkeypatch.setattr(
        backend.core, "build_sdist", lambda *_: backend.os.environ["DELTARULE_HAS_PAGE"]
    )
    monkeypatch.setenv("DELTARULE_HAS_PAGE", "0")
    assert backend.build_sdist("folder") == "1"


def test_the_recipe_for_conda_has_the_version_and_the_dependencies():
    recipe = (CHECKOUT / "packaging" / "conda" / "recipe.yaml").read_text()
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    assert f'version: "{project["project"]["version"]}"' in recipe
    sections = dict(re.findall(r"^  (build|host|run):\n((?:    .*\n)+)", recipe, re.M))
    for section, required in (
        ("run", project["project"]["dependencies"]),
        ("host", project["build-system"]["requires"]),
    ):
        for requirement in required:
            name, least = re.match(r"([\w-]+)(?:>=([\d.]+))?", requirement).groups()
            name = {"duckdb": "python-duckdb", "tzdata": "python-tzdata"}.get(name, name)
            assert re.search(
                rf"[-:] {name}{f' >={least}' if least else ''}$", sections[section], re.M
            )
