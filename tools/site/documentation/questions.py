"""What strangers ask, with links to the answers."""

import tomllib
from collections.abc import Mapping
from pathlib import PurePosixPath

from documentation.layout import ROOT
from documentation.links import BuildError, Places
from documentation.markdown import sections

SOURCE = ROOT / "tests" / "docs" / "questions.toml"
PLACE = "more/questions"
IN_THE_README = "/start.md"
"""The page that says what the README does."""


def page(pages: Mapping[str, str], places: Places) -> str:
    """The page, a link for each question.

    Raises:
        BuildError: A heading isn't there.
    """
    entries = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["question"]
    links = (f"- [{each['asks']}]({_target(each['page'], each['heading'], pages, places)})" for each in entries)
    return "\n".join(["# Questions\n", *links]) + "\n"


def _target(page: str, heading: str, pages: Mapping[str, str], places: Places) -> str:
    if page == "README.md":
        return IN_THE_README
    tutorial = f"tutorials/{PurePosixPath(page).stem}"
    text = pages[tutorial] if page.endswith(".ipynb") else (ROOT / page).read_text(encoding="utf-8")
    found = next((section for section in sections(text) if section.heading.startswith(heading)), None)
    if found is None:
        raise BuildError(f"{SOURCE.relative_to(ROOT)}: {page} has no heading `{heading}`")
    if page.endswith(".ipynb"):
        return f"/{tutorial}.md#{found.anchor}"
    return places.target(page if found.level == 1 else f"{page}#{found.anchor}", "")
