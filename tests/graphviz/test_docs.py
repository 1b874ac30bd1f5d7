"""docs/pictures.md: every picture exists, is used and is well-formed."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_every_picture_is_there_and_used():
    page = (DOCS / "pictures.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\]\(images/([\w.-]+)\)", page))
    assert used <= {path.name for path in (DOCS / "images").iterdir()}
    assert len(used) >= 9


def test_pictures_are_sound():
    for path in (DOCS / "images").glob("*.svg"):
        root = ET.fromstring(path.read_text(encoding="utf-8"))
        assert len(list(root.iter("{http://www.w3.org/2000/svg}text"))) > 8, path.name
