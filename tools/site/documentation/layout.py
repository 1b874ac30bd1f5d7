"""Where each page of the project stands in the site."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""The checkout."""

PAGES = Path(__file__).resolve().parents[1] / "pages"
"""Pages of the site alone."""

REPOSITORY = "https://github.com/spikegraph/spikegraph"

SECTIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "tutorials": ("Tutorials", "Lessons for the first hours, each from nothing to a result.", ()),
    "how-to": (
        "How to",
        "Steps to a goal, for people who know the basics.",
        (
            *("commands", "own-data", "events", "dense", "tasks", "fine-tuning", "coming-from", "python", "search", "scale"),
            *("report", "pictures", "deploy", "editors", "agents", "playground", "extending"),
        ),
    ),
    "reference": ("Reference", "What there is, made from the program.", ("runs", "passes", "energy", "compatibility")),
    "explanation": (
        "Explanation",
        "Why things are as they are, and what was measured.",
        ("spikes", "cells", "classification", "stereo", "dgs", "determinism", "speed", "trust", "ARCHITECTURE"),
    ),
    "more": ("More", "Words, pictures, questions, and the project itself.", ("glossary", "questions", "zoo")),
}
"""The folders of the site: title, what is there, and the pages of `docs` in their order."""

PROJECT = ("CHANGELOG", "CONTRIBUTING", "SECURITY", "releasing")
"""Pages on the project, last in `more`."""

PARTS: dict[str, str] = {
    "text": "language/text",
    "declarations": "language/declarations",
    "neuron": "declarations/neuron",
    "model": "declarations/model",
    "candidates": "declarations/candidates",
    "cell": "declarations/cell",
    "trellis": "declarations/trellis",
    "network": "declarations/network",
    "block": "declarations/block",
    "operations": "operations/index",
    "choose": "operations/choose",
    "previous": "operations/previous",
    "genotype": "declarations/genotype",
    "path": "declarations/path",
    "dataset": "declarations/dataset",
    "search": "declarations/search",
    "retrain": "declarations/retrain",
    "validation-schedules-and-larger-batches": "language/validation",
    "vocabularies": "language/vocabularies",
    "profile-and---set": "declarations/profile",
    "import": "declarations/import",
    "the-certificate": "explanation/certificate",
    "limits": "language/limits",
}
"""The page of each section of `docs/language.md`, by the section's anchor."""


def source(name: str) -> Path:
    """The file of a page: in `docs`, or in the checkout's folder if its name is in capitals."""
    return ROOT / (f"{name}.md" if name.isupper() else f"docs/{name}.md")


def placed() -> dict[str, str]:
    """The place of each file that is one page, by its path in the checkout; files that aren't there have none."""
    named = {name: folder for folder, (_, _, names) in SECTIONS.items() for name in names}
    named |= dict.fromkeys(PROJECT, "more") | {"start": ""}
    files = {source(name): f"{folder}/{name.lower()}".lstrip("/") for name, folder in named.items()}
    return {path.relative_to(ROOT).as_posix(): place for path, place in files.items() if path.exists()}


def missing() -> list[str]:
    """Pages of `docs` that have no place."""
    divided = {"docs/language.md", "docs/diagnostics.md"}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    return sorted(there - set(placed()) - divided)
