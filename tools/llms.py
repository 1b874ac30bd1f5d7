"""Write what language models read of the documentation: `python tools/llms.py [-o DIR]`.

`llms.txt` lists the pages, each with its title and its first sentence, under the rows of the README's section `More`; it is
written into `docs` unless a folder is given. With a folder there is `llms-full.txt` too, all pages in one text.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_LISTED = re.compile(r"/docs/([\w-]+\.md)\)")
_SENTENCE = re.compile(r".+?\.(?= [A-Z`\[]|$)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def groups(readme: str) -> dict[str, list[str]]:
    """The pages in the table of the README's section `More`, by the name of their row; all others are `More`."""
    found: dict[str, list[str]] = {}
    for line in readme.partition("\n## More\n")[2].splitlines():
        name, _, links = line.removeprefix("| ").partition(" | ")
        pages = _LISTED.findall(links)
        if pages:
            found[name.capitalize()] = pages
    listed = {page for pages in found.values() for page in pages}
    others = [path.name for path in sorted(DOCS.glob("*.md")) if path.name not in listed]
    return found | ({"More": others} if others else {})


def first_sentence(page: str) -> tuple[str, str]:
    """The title of a page, and the first sentence behind it as plain text."""
    head, _, rest = page.partition("\n")
    parts = _FENCE.sub("", rest).split("\n\n")
    paragraph = " ".join(next(part for part in parts if part.strip() and not part.lstrip().startswith(("<", "#", "|"))).split())
    match = _SENTENCE.match(paragraph)
    return head.removeprefix("# ").strip(), _LINK.sub(r"\1", paragraph if match is None else match[0])


def index() -> str:
    """The text of `llms.txt`; its links are relative to `docs`."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, about = first_sentence(readme)
    return "\n".join(
        [
            f"# spikegraph\n\n> {about} It checks specs, trains them with PyTorch, draws, counts and exports them.",
            *_lists(readme),
        ]
    )


def _lists(readme: str) -> Iterator[str]:
    for name, pages in groups(readme).items():
        yield f"\n## {name}\n"
        for page in pages:
            title, sentence = first_sentence((DOCS / page).read_text(encoding="utf-8"))
            yield f"- [{title}]({page}): {sentence}"
    yield ""


def full() -> str:
    """The text of `llms-full.txt`: the README and all pages, each below a line with its file."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    files = [ROOT / "README.md", *(DOCS / page for pages in groups(readme).values() for page in pages)]
    parts = (f"<!-- {path.relative_to(ROOT).as_posix()} -->\n\n{path.read_text(encoding='utf-8').strip()}\n" for path in files)
    return "\n".join(parts)


def main() -> None:
    """Writes the files."""
    parser = argparse.ArgumentParser(prog="tools/llms.py", description="Write llms.txt and llms-full.txt.")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the folder for both; without it, docs/llms.txt is written"
    )
    folder: Path | None = parser.parse_args().output
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "llms-full.txt").write_text(full(), encoding="utf-8")
    ((folder or DOCS) / "llms.txt").write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main()
