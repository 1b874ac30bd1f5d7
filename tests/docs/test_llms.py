"""What language models read: llms.txt is that of the pages, has each once, and llms-full.txt has all of them whole."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "llms.py"
MADE = runpy.run_path(str(TOOL))
PAGES = sorted((ROOT / "docs").glob("*.md"))


def test_the_list_is_that_of_the_pages():
    text = (ROOT / "docs" / "llms.txt").read_text(encoding="utf-8")
    assert text == MADE["index"](), "run `python tools/llms.py`"
    assert sorted(re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S", text, re.MULTILINE)) == [page.name for page in PAGES]
    assert text.startswith("# spikegraph\n\n> ")
    assert max(len(line) for line in text.splitlines()) < 400


def test_the_command_writes_both_into_a_folder(tmp_path):
    subprocess.run([sys.executable, str(TOOL), "-o", str(tmp_path / "site")], check=True)
    full = (tmp_path / "site" / "llms-full.txt").read_text(encoding="utf-8")
    assert all(page.read_text(encoding="utf-8").strip() in full for page in [ROOT / "README.md", *PAGES])
    assert (tmp_path / "site" / "llms.txt").read_text(encoding="utf-8") == MADE["index"]()


def test_a_first_sentence_is_plain_text():
    page = "# A title\n\n<picture>\n</picture>\n\nOne [link](x.md), that\nends here. More.\n"
    assert MADE["first_sentence"](page) == ("A title", "One link, that ends here.")
