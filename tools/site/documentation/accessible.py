"""Repairs of what Sphinx and the theme write that screen readers can't read; `tests/site` asks axe what is left."""

import re
from pathlib import Path

_SUMMARY = '<summary><span class="toctree-toggle"'
_NAMED = '<summary aria-label="Pages below"><span class="toctree-toggle"'
_SAVED = '<a class="reference download internal" download="" '
_OPENED = '<a class="reference internal" '
_PARAMETERS = re.compile(r'<dl>\n(<dd><em class="sig-param">.*?)</dl>', re.DOTALL)


def repair(site: Path) -> None:
    """Changes all pages of a site."""
    for path in site.rglob("*.html"):
        path.write_text(repaired(path.read_text(encoding="utf-8")), encoding="utf-8")


def repaired(page: str) -> str:
    """A page, in which switches of the menu have names, and parameters of a signature are no list of terms without terms.

    A click on a picture opens it, where Sphinx has the file saved.
    """
    return _PARAMETERS.sub(_as_lines, page.replace(_SUMMARY, _NAMED).replace(_SAVED, _OPENED))


def _as_lines(found: re.Match[str]) -> str:
    lines = found[1].replace("<dd>", '<div class="parameter">').replace("</dd>", "</div>")
    return f'<div class="parameters">\n{lines}</div>'
