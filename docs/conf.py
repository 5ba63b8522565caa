"""The user guide: ``sphinx-build -W docs FOLDER``. Its examples run in ``tests/test_guide.py``."""

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

import hint_se

project = "hint-se"
author = "the hint-se developers"
copyright = author  # noqa: A001
version = release = hint_se.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["figures", "pictures", "static"]
# Docstrings write names in single backticks.
default_role = "py:obj"
# Dashes stay as they are: docstrings name options.
smartquotes_action = "qe"

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_use_rtype = False
napoleon_use_param = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Formulas as MathML: no script from elsewhere, readable offline.
html_math_renderer = "mathml"

html_theme = "furo"
html_title = f"hint-se {release}"
html_static_path = ["static"]
html_css_files = ["guide.css"]
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#2a6fb0", "color-brand-content": "#2a6fb0"},
    "source_edit_link": "",
}


def _write_formula(translator: Any, node: Any) -> None:
    translator.body.append(tex2mathml(node.astext(), as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode


def setup(app: Any) -> None:
    """Register what writes formulas."""
    app.add_html_math_renderer("mathml", (_write_formula, None), (_write_formula, None))
