"""The documentation's build: ``sphinx-build -W -b html docs docs/_build``."""

from kullback import __version__

project = "kullback"
author = "The kullback developers"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
default_role = "code"

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_type_aliases = {}
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"kullback {release}"
html_static_path = ["_static"]
html_css_files = ["kullback.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
highlight_language = "none"
