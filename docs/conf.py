"""The documentation's build: ``sphinx-build -W -b html docs docs/_build``."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from kullback import __version__
from kullback.distributions.table import render

#: Printed from the registry at every build, and included by distributions.md.
PAIRS = Path(__file__).with_name("_pairs.md")

project = "kullback"
author = "The kullback developers"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", PAIRS.name]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
default_role = "code"

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"kullback {release}"
html_static_path = ["_static"]
html_css_files = ["kullback.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
highlight_language = "none"


def escape_bars(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """In a docstring |p − q| is an absolute value; to reStructuredText it would be a substitution."""
    lines[:] = ["``".join(_escaped(line.split("``"))) for line in lines]


def _escaped(parts: list[str]) -> list[str]:
    return [part if i % 2 else part.replace("|", r"\|") for i, part in enumerate(parts)]


def write_pairs(app: Sphinx) -> None:
    """Print the table of exact pairs."""
    PAIRS.write_text(render(), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect what this file adds."""
    app.connect("builder-inited", write_pairs)
    app.connect("autodoc-process-docstring", escape_bars)
