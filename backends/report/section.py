"""A section of the page, and notices for missing contents."""

from dataclasses import dataclass

from spikegraph.charts.markup import Html, el


@dataclass(frozen=True)
class Section:
    """A section.

    Attributes:
        key: Identifier, used in links.
        title: Heading.
        body: Content.
        lead: Introduction in one or two sentences; text between backquotes is shown as code.
        link: A shorter title for the table of contents.
    """

    key: str
    title: str
    body: Html
    lead: str | None = None
    link: str | None = None

    def html(self) -> Html:
        """The section as HTML."""
        return el(
            "section",
            el("h2", self.title, id=f"{self.key}-title"),
            el("p", *code(self.lead), class_="lead") if self.lead else None,
            self.body,
            id=self.key,
            aria_labelledby=f"{self.key}-title",
        )


def absent(what: str, how: str | None = None) -> Html:
    """A notice of what is missing and how to get it; text between backquotes is shown as code."""
    return el("p", *code(what), " " if how else None, *(code(how) if how else ()), class_="absent")


def code(text: str) -> list[str]:
    """A text whose parts between backquotes are shown as code."""
    parts = text.split("`")
    return [el("code", part) if k % 2 else part for k, part in enumerate(parts)]


def below(several: bool) -> str:
    """The tag of headings inside `columns`: one level deeper if there are several runs."""
    return "h4" if several else "h3"


def folded(parts: list[tuple[str, Html]], several: bool) -> Html:
    """Long parts of runs: each is folded under its run's label if there are several, so that the page stays short."""
    if not several:
        return columns(parts, several)
    return el("div", *(el("details", el("summary", el("h3", label)), body, class_="run") for label, body in parts))


def nested(parts: list[tuple[str, Html]], several: bool) -> Html:
    """Parts of runs below a heading of the section: each is folded under its run's label if there are several."""
    if not several:
        return el("div", *(body for _, body in parts))
    return el("div", *(el("details", el("summary", label), body) for label, body in parts))


def columns(parts: list[tuple[str, Html]], several: bool) -> Html:
    """Parts of runs, side by side if there is room; with several runs, each has its run's label as heading."""
    found = [el("div", el("h3", label) if several else None, body, class_="column") for label, body in parts]
    return el("div", *found, class_="columns" if several else None)
