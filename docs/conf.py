"""Sphinx configuration."""

from __future__ import annotations

import pelagia

project = "Pelagia"
author = "The Pelagia developers"
version = release = pelagia.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = "none"
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = "Pelagia"
nitpicky = False
