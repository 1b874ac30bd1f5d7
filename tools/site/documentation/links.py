"""Links between files of the checkout, as links between pages of the site."""

import posixpath
import re
from dataclasses import dataclass, field

from documentation.layout import REPOSITORY, ROOT
from documentation.markdown import outside_code, outside_spans

_LINK = re.compile(r"\]\(([^()\s]+)\)")
_SCHEME = re.compile(r"^(?:[a-z]+:|/)")


class BuildError(Exception):
    """The site can't be built; the text says why."""


@dataclass
class Places:
    """Where files, and sections of files that are divided, stand in the site.

    Attributes:
        pages: The page of a file, by its path in the checkout.
        sections: The page and anchor of a heading, by its file and GitHub's anchor: `docs/language.md#neuron`.
    """

    pages: dict[str, str] = field(default_factory=dict[str, str])
    sections: dict[str, str] = field(default_factory=dict[str, str])

    def moved(self, text: str, source: str) -> str:
        """The text of a file, whose links lead to pages of the site, or else to the repository.

        Raises:
            BuildError: A link leads nowhere.
        """

        def change(part: str) -> str:
            return _LINK.sub(lambda match: f"]({self.target(match[1], source)})", part)

        return outside_code(text, lambda part: outside_spans(part, change))

    def target(self, link: str, source: str) -> str:
        """What a link of a file becomes.

        Raises:
            BuildError: It leads nowhere.
        """
        if _SCHEME.match(link):
            return link
        name, _, anchor = link.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), name)) if name else source
        found = self.sections.get(f"{path}#{anchor}") if anchor else None
        if found is not None:
            return _page(found)
        if path in self.pages:
            return _page(f"{self.pages[path]}#{anchor}" if anchor else self.pages[path])
        if path.startswith("docs/images/"):
            return f"/{path.removeprefix('docs/')}"
        if (ROOT / path).exists():
            return f"{REPOSITORY}/{'tree' if (ROOT / path).is_dir() else 'blob'}/main/{path}{'#' * bool(anchor)}{anchor}"
        raise BuildError(f"{source}: the link `{link}` leads nowhere")


def _page(place: str) -> str:
    path, _, anchor = place.partition("#")
    return f"/{path}.md#{anchor}" if anchor else f"/{path}.md"
