"""The site: a page for all that there is, links that lead somewhere, no paragraph in a table, nothing from other hosts."""

import re
import subprocess
import sys
from html import unescape
from pathlib import PurePosixPath
from urllib.parse import unquote

import pytest

import spikegraph
from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.cli.group import COMMANDS
from spikegraph.dsl.codes import CODES, address
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.dsl.schema.statements import ITEM_WORDS
from spikegraph.ir.opdef import OPS

from ..packaging.archives import ROOT

pytestmark = pytest.mark.slow

LONGEST = 200
"""Characters of a cell."""


def plain(html):
    """The text of a piece of a page."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def title(page):
    """The title of a page; empty if it has none."""
    return plain(page.partition("<h1>")[2].partition('<a class="headerlink"')[0]).strip()


@pytest.fixture(scope="module")
def pages(site):
    """The text of each page by its path."""
    return {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("declarations", ITEM_WORDS),
        ("operations", [name for name, op in OPS.items() if op.written]),
        ("neurons", NEURON_MODELS),
        ("commands", COMMANDS),
        ("errors", CODES),
        ("energies", ENERGY_MODELS),
        ("python", [name for name in spikegraph.__all__ if not name.startswith("__")]),
    ],
)
def test_everything_has_a_page(pages, folder, names):
    assert {name for name in names if f"{folder}/{name}.html" not in pages} == set()
    listed = pages[f"{folder}/index.html"]
    assert {name for name in names if f'href="{name}.html"' not in listed} == set()


def test_addresses(pages):
    for name in spikegraph.__all__:
        if not name.startswith("__"):
            assert f'id="spikegraph.{name}"' in pages[f"python/{name}.html"]
    assert {code for code in CODES if address(code) != f"https://spikegraph.github.io/errors/{code}.html"} == set()
    assert title(pages["errors/SG0306.html"]) == f"SG0306: {CODES['SG0306']}"


def test_every_page_of_the_project_is_there(pages):
    titles = {title(page) for page in pages.values()}
    divided = {"language.md", "diagnostics.md"}
    for path in (ROOT / "docs").glob("*.md"):
        first = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        assert path.name in divided or first.replace("`", "") in titles, path.name


def test_links_lead_somewhere(site, pages):
    anchors = {path: set(re.findall(r'\bid="([^"]+)"', page)) for path, page in pages.items()}
    links = {(path, link) for path, page in pages.items() for link in re.findall(r'\b(?:href|src)="([^"]*)"', page)}
    assert len(links) > 10_000
    broken = []
    for path, link in links:
        name, _, anchor = unquote(unescape(link)).partition("#")
        name = name.partition("?")[0]
        if re.match(r"[a-z]+:", name):
            continue
        target = PurePosixPath(path) if not name else PurePosixPath(path).parent / name
        resolved = (site / target).resolve()
        place = resolved.relative_to(site.resolve()).as_posix()
        if not resolved.is_file() or (anchor and place in anchors and anchor not in anchors[place]):
            broken.append((path, link))
    assert broken == []


def test_nothing_is_loaded_from_other_hosts(site, pages):
    loaded = re.compile(
        r'<(?:script|img|iframe|source|link(?! rel="(?:canonical|index|search|next|prev)"))\b[^>]*(?:src|href)="(?:https?:)?//'
    )
    assert [path for path, page in pages.items() if loaded.search(page)] == []
    styles = {path.name: path.read_text(encoding="utf-8") for path in site.rglob("*.css")}
    assert [name for name, text in styles.items() if re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", text)] == []


def test_no_cell_is_a_paragraph(pages):
    cells = ((path, plain(cell)) for path, page in pages.items() for cell in re.findall(r"<td>(.*?)</td>", page, re.DOTALL))
    assert [(path, cell[:60]) for path, cell in cells if len(cell) > LONGEST] == []


def test_every_column_has_a_name(pages):
    heads = (
        (path, plain(cell)) for path, page in pages.items() for cell in re.findall(r"<th\b[^>]*>(.*?)</th>", page, re.DOTALL)
    )
    assert [path for path, head in heads if not head.strip()] == []


def test_the_first_page(site, pages):
    first = pages["index.html"]
    words = plain(first.partition("<h1>")[2].partition("</p>")[0]).split()
    assert 60 < len(words) < 130
    assert 'href="playground/index.html"' in first
    assert '<a href="../index.html">Documentation</a>' in (site / "playground" / "index.html").read_text(encoding="utf-8")
    assert (site / "_images" / "vgg9.svg").is_file()


def test_questions_have_their_answers(pages):
    lines = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| ")][1:]
    answers = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", answer).replace("`", "") for _, answer, _ in rows]
    text = " ".join(plain(pages["more/questions.html"]).split())
    assert len(answers) >= 30
    assert [answer for answer in answers if answer not in text] == []


def test_mistakes_of_the_command(tmp_path):
    (tmp_path / "there").write_text("", encoding="utf-8")
    for arguments, message in [
        (["-o", tmp_path], "isn't an empty folder; name another one, or delete it"),
        (["-o", tmp_path / "new", "--playground", tmp_path], "holds no playground; build one by `tools/playground/build -o"),
    ]:
        command = [sys.executable, str(ROOT / "tools/site/build"), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, message in done.stderr) == (1, True)
        assert not (tmp_path / "new").exists()
