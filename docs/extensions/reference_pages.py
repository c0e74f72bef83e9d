"""The reference: a page for each public module with summary tables, and one for each of its objects.

`reference/index.md` lists the modules; a table of their summaries follows each list. Before the sources
are read, a page is written for each of them into `reference/api` and for each object into
`reference/generated`, which autodoc and sphinx-gallery fill: autosummary would read docstrings twice.
An object that several modules export has one page, under the name of the first module in the list; the
other modules refer to it.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from plain_docstrings import as_restructured
from sphinx.application import Sphinx

from deltarule._common.descriptions import Family

# Modules of hundreds of short functions have one page for all of them.
ON_ONE_PAGE = ("deltarule.keras.ops", "deltarule.keras.backend")
API_PAGE = re.compile(r"\bapi/(deltarule[\w.]*)")
TOCTREE = re.compile(r"^```\{toctree\}\n.*?^```$", re.DOTALL | re.MULTILINE)


def modules(source: Path) -> list[str]:
    """Return the public modules in the order of the reference."""
    return API_PAGE.findall((source / "reference" / "index.md").read_text("utf-8"))


def homes(names: list[str]) -> dict[int, str]:
    """Return the dotted name under which each object is documented, by the object's identity."""
    found: dict[int, str] = {}
    for module in sorted(names, key=lambda name: name in ON_ONE_PAGE):
        for name, thing in exports(module):
            if callable(thing):
                found.setdefault(id(thing), f"{module}.{name}")
    return found


def exports(module: str) -> Iterator[tuple[str, Any]]:
    """Yield name and object of everything that a module exports."""
    imported = import_module(module)
    for name in imported.__all__:
        yield name, getattr(imported, name)


def members_of(cls: type) -> list[str]:
    """Return the public methods and properties that deltarule itself gives to a class."""
    if issubclass(cls, Enum):
        return list(cls.__members__)
    kept = []
    for member in dir(cls):
        owner = next((c for c in cls.__mro__ if member in vars(c)), None)
        if member.startswith("_") or owner is None or not owner.__module__.startswith("deltarule"):
            continue
        value = vars(owner)[member]
        if isinstance(value, classmethod | staticmethod):
            value = value.__func__
        if isinstance(value, types.FunctionType | property | cached_property):
            kept.append(member)
    return kept


def page_of(module: str, found: Mapping[int, str]) -> str:
    """Return the page of a module: its docstring and tables of what it exports."""
    title = module.removeprefix("deltarule.")
    lines = [title, "=" * len(title), "", f".. automodule:: {module}", "   :no-members:", ""]
    sections: dict[str, list[str]] = {"Classes": [], "Functions": []}
    constants: list[str] = []
    submodules: list[str] = []
    aliases: set[str] = set()
    for name, thing in exports(module):
        dotted = f"{module}.{name}"
        if isinstance(thing, types.ModuleType):
            submodules.append(name)
        elif not callable(thing):
            constants += _constant(dotted, thing)
        elif found[id(thing)] != dotted:
            aliases.add(dotted)
            sections["Classes" if isinstance(thing, type) else "Functions"].append(dotted)
        else:
            sections["Classes" if isinstance(thing, type) else "Functions"].append(dotted)
    for heading, names in sections.items():
        if not names:
            continue
        lines += [heading, "-" * len(heading), ""]
        own = [dotted for dotted in names if dotted not in aliases]
        on_page = own if module in ON_ONE_PAGE else []
        listed = [dotted for dotted in names if dotted not in on_page]
        if listed:
            things = {
                dotted: getattr(import_module(module), dotted.rpartition(".")[2])
                for dotted in listed
            }
            lines += _summaries(things)  # `resolve` links a name to the page of its object
        for dotted in on_page:
            lines += [f".. auto{'class' if heading == 'Classes' else 'function'}:: {dotted}", ""]
        if own and not on_page:
            lines += [".. toctree::", "   :hidden:", ""]
            lines += [*(f"   ../generated/{dotted}" for dotted in own), ""]
    if constants:
        lines += ["Constants", "---------", "", *constants]
    if submodules:
        dotted_names = [f"{module}.{name}" for name in submodules]
        lines += ["Modules", "-------", "", *_summaries(_imported(dotted_names))]
    return "\n".join(lines)


def object_page(dotted: str, thing: Any) -> str:
    """Return the page of a class or a function: its docstring, its members, and examples that use it."""
    title = dotted.removeprefix("deltarule.")
    module, _, short = dotted.rpartition(".")
    lines = [title, "=" * len(title), "", f".. currentmodule:: {module}", ""]
    if not isinstance(thing, type):
        lines += [f".. autofunction:: {short}", ""]
    else:
        members = members_of(thing)
        lines += [f".. autoclass:: {short}", f"   :members: {', '.join(members)}", ""]
        if members and not issubclass(thing, Enum):
            lines += ["   .. rubric:: Methods and properties", ""]
            found = {f"{dotted}.{member}": getattr(thing, member) for member in members}
            lines += [line and f"   {line}" for line in _summaries(found)]
    lines += [f".. minigallery:: {dotted}", "   :add-heading: Examples", "   :heading-level: -", ""]
    return "\n".join(lines)


def _summaries(things: Mapping[str, Any]) -> list[str]:
    """Return a table of names and the first sentences of their docstrings."""
    lines = [".. list-table::", "   :widths: 30 70", "   :class: summaries", ""]
    for dotted, thing in things.items():
        first = inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0].split("\n")
        summary = as_restructured([" ".join(first)])[0]
        is_module = isinstance(thing, types.ModuleType)
        shown = f"{dotted.removeprefix('deltarule.')} <{dotted}>" if is_module else f"~{dotted}"
        lines += [f"   * - :py:obj:`{shown}`", f"     - {summary}"]
    return [*lines, ""]


def _imported(names: list[str]) -> dict[str, types.ModuleType]:
    return {name: import_module(name) for name in names}


def summarize_modules(app: Sphinx, page: str, source: list[str]) -> None:
    """Follow each list of modules in the index with a table of their summaries."""
    if page != "reference/index":
        return

    def with_table(toctree: re.Match[str]) -> str:
        names = API_PAGE.findall(toctree[0])
        table = "\n".join(_summaries(_imported(names)))
        return f"{toctree[0]}\n\n```{{eval-rst}}\n{table}\n```" if names else toctree[0]

    source[0] = TOCTREE.sub(with_table, source[0])


def _constant(dotted: str, value: Any) -> list[str]:
    if isinstance(value, np.dtype):
        names = value.names or ()
        text = f"A NumPy dtype with the fields {', '.join(f'``{name}``' for name in names)}"
    elif isinstance(value, Family | Mapping):
        names = value.names if isinstance(value, Family) else tuple(value)
        text = ", ".join(f"``{name}``" for name in names)
    else:
        text = f"``{value!r}``"
    return [f".. py:data:: {dotted}", "", f"   {text}", ""]


@cache
def documented_names(source: Path) -> dict[str, str]:
    """Return where each exported name is documented, also by its name without `deltarule`."""
    names = modules(source)
    found = homes(names)
    by_name: dict[str, str] = {}
    for module in names:
        for name, thing in exports(module):
            home = (
                found.get(id(thing), f"{module}.{name}") if callable(thing) else f"{module}.{name}"
            )
            for spelled in (f"{module}.{name}", f"{module}.{name}".removeprefix("deltarule.")):
                by_name.setdefault(spelled, home)
    return by_name


def write(app: Sphinx, config: Any) -> None:
    """Write the pages of the modules; pages of what is gone are removed."""
    source = Path(app.srcdir)
    names = modules(source)
    found = homes(names)
    _update(source / "reference" / "api", {module: page_of(module, found) for module in names})
    things = {
        f"{m}.{name}": thing for m in names for name, thing in exports(m) if m not in ON_ONE_PAGE
    }
    pages = {
        dotted: object_page(dotted, thing)
        for dotted, thing in things.items()
        if found.get(id(thing)) == dotted
    }
    _update(source / "reference" / "generated", pages)


def _update(folder: Path, pages: dict[str, str]) -> None:
    """Write the pages that changed, so that a second build reads only these."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.rst"):
        if path.stem not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.rst"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def resolve(app: Sphinx, env: Any, node: nodes.Element, contnode: nodes.Node) -> nodes.Node | None:
    """Link names of other modules, and names without their module, to the page of the object."""
    if node.get("refdomain") != "py":
        return None
    source, target = Path(app.srcdir), node["reftarget"]
    nearby = f"{node.get('py:module') or 'deltarule'}.{target}"
    by_name = documented_names(source)
    home = by_name.get(target) or by_name.get(nearby)
    if home is None or home == target:
        return None
    domain = env.get_domain("py")
    return (
        domain.resolve_any_xref(env, node["refdoc"], app.builder, home, node, contnode)[0][1]
        if (home in domain.objects)
        else None
    )


def show_settings(
    app: Sphinx,
    what: str,
    name: str,
    thing: Any,
    options: Any,
    signature: str | None,
    returned: str | None,
) -> tuple[str, str | None] | None:
    """Show the settings of a description, whose `__new__` takes any, as those of its `__init__`."""
    if what != "class" or signature is None or not signature.startswith("(*args, **"):
        return None
    parameters = list(inspect.signature(thing.__init__).parameters.values())[1:]
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    return str(inspect.Signature(plain)), returned


def list_siblings(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the side bar of an object's page what else its module exports."""
    if page.startswith("reference/generated/"):
        dotted = page.rpartition("/")[2]
        module = dotted.rpartition(".")[0]
        context["reference_module"] = module
        context["reference_siblings"] = [
            (name, f"{module}.{name}")
            for name, thing in exports(module)
            if callable(thing)
            and documented_names(Path(app.srcdir))[f"{module}.{name}"] == f"{module}.{name}"
        ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what writes the pages and what links names."""
    app.connect("config-inited", write)
    app.connect("source-read", summarize_modules)
    app.connect("autodoc-process-signature", show_settings)
    app.connect("html-page-context", list_siblings)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
