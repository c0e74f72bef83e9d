"""Sphinx: the site of deltarule. `make docs` builds it into build/docs; nothing is downloaded."""

from __future__ import annotations

import sys
import warnings
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "deltarule"
author = "deltarule developers"
copyright = author
release = version_of("deltarule")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "math_as_mathml",
    "missing_pages",
    "course",
    "course_quiz",
    "page_notebooks",
    "plain_docstrings",
    "reference_pages",
    "sphinx_design",
]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns = [
    "images", "notebooks", "templates", "course/code", "gallery/*.ipynb", "**/GALLERY_HEADER.rst",
]  # fmt: skip
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "dollarmath"]
html_math_renderer = "mathml"

default_role = "code"
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"  # longer entries do not fit beside the page
autodoc_typehints = "none"  # the docstrings give types
python_maximum_signature_line_length = 90

# Only HTML representations are shown: text output of plot functions would duplicate the figures.
sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["gallery"],
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("deltarule",),
    "reference_url": {"deltarule": None},
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "capture_repr": ("_repr_html_",),
    "abort_on_example_error": True,
    "copyfile_regex": r".*\.csv",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
}
# The pages are built without a display; plt.show() is for users who run the scripts.
warnings.filterwarnings("ignore", message=".*FigureCanvasAgg is non-interactive.*")

html_theme = "pydata_sphinx_theme"
html_search_scorer = str(Path(__file__).with_name("search_scorer.js"))
html_title = "deltarule"
html_favicon = "../web/site/public/icons/icon.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["deltarule.css"]
html_theme_options = {
    "collapse_navigation": True,
    "header_links_before_dropdown": 7,
    "navbar_start": ["navbar-logo"],
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
}
templates_path = ["templates"]
# A toctree of all objects would take half of the time of the build.
html_sidebars = {"index": [], "reference/generated/*": ["reference-siblings"]}
