"""What the playground is built from: its wheel, its files and its checks, without a network, Node or a browser."""

import json
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser

import building
import notice
import packages
import pytest

from ..packaging.archives import ROOT
from .hostile import HOSTILE

PAGE = ROOT / "tools" / "playground" / "page"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
    "connect-src": "'self'",
    "style-src": "'self'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}
ANSWER = """
import json, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numpy", "torch", "torchvision", "h5py", "skimage", "scipy", "networkx", "click", "PIL"):
            raise ImportError(f"{name} is refused")

sys.meta_path.insert(0, Refuse())
import spikegraph
assert spikegraph.__file__.startswith(sys.path[0]), spikegraph.__file__
from spikegraph.service.regions import Settings, choices, regions
found = {}
for example in choices()["examples"]:
    if example["name"] in ("images", "stereo"):
        for picture in ("network", "trellis"):
            for part in regions(example["text"], Settings.of({**example, "picture": picture})):
                found.setdefault(example["name"] + " " + picture, {}).update(part)
print(json.dumps(found))
"""


class Elements(HTMLParser):
    """The elements of a page, and the text of its text box."""

    def __init__(self, text):
        super().__init__()
        self.found, self.box, self.inside = [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.inside = self.inside or tag == "textarea"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "textarea"

    def handle_data(self, data):
        self.box += data if self.inside else ""


@pytest.fixture(scope="module")
def elements():
    return Elements((PAGE / "index.html").read_text()).found


def test_the_wheel_has_no_samples_and_no_code_for_torch(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(archive.read(name).decode() for name in names if name.endswith("/METADATA"))
        record = next(archive.read(name).decode() for name in names if name.endswith("/RECORD"))
        imports = [n for n in names if n.endswith(".py") and re.search(rb"^(import|from) torch", archive.read(n), re.MULTILINE)]
    assert wheel.stat().st_size < 2_000_000
    assert [name for name in names if name.endswith((".npz", ".cpp", "NOTICE.txt"))] == []
    assert imports == []
    assert re.findall(r"^Requires-Dist: ([\w-]+)", metadata, re.MULTILINE) == [
        "graphviz", "lark", "pydantic", "typing-extensions",
    ]  # fmt: skip
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "License-File: LICENSE\nLicense-File: NOTICE\n" in metadata
    assert sorted(line.rsplit(",", 2)[0] for line in record.splitlines()) == sorted(names)


def test_the_wheel_answers_without_numpy_and_torch(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n{ANSWER}"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["images network"]["shapes"]["parameters"] == 140322
    assert found["stereo network"]["certificate"]["spiking"] is True
    assert found["stereo trellis"]["picture"]["engine"] == "nop2"


def test_the_page_has_a_policy_before_anything_that_it_is_for(elements):
    tags = [tag for tag, _ in elements]
    index, policy = next((i, a["content"]) for i, (_, a) in enumerate(elements) if a.get("http-equiv"))
    assert dict(part.strip().split(" ", 1) for part in policy.split(";")) == POLICY
    assert index < min(tags.index("script"), tags.index("link"))


def test_nothing_of_the_page_needs_what_the_policy_forbids(elements):
    for tag, attributes in elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag not in ("style", "iframe", "object", "embed", "form", "base")
        assert tag != "script" or attributes["src"] == "page.mjs"
        for name in ("src", "href"):
            assert not re.match(r"\w+:|//", attributes.get(name, "").replace("data:,", ""))


def test_no_script_writes_markup_or_names_a_host():
    scripts = sorted(PAGE.glob("*.mjs"))
    assert len(scripts) > 8
    for path in scripts:
        text = path.read_text()
        assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", text) == []
        assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []
        for name in re.findall(r'from "\./([^"]+)"', text):
            assert (PAGE / name).is_file() or name == "graphviz.mjs"


def test_labels_and_regions(elements):
    text = (PAGE / "index.html").read_text()
    assert re.search(r'<label for="spec"[^>]*>Spec</label>', text)
    named = re.findall(r'<section id="(\w+)" aria-labelledby="\1-name">\s*<h2 id="\1-name">(\w+)</h2>', text)
    assert sorted(name for _, name in named) == ["Certificate", "Energy", "Picture", "Problems", "Shapes"]
    assert sum(tag == "section" for tag, _ in elements) == 5


@pytest.mark.parametrize("text", [HOSTILE, building.first_text(), "\n\n a"])
def test_a_text_in_the_page_stays_a_text(text):
    made = Elements(building.with_text((PAGE / "index.html").read_text(), text))
    assert made.box == "\n" + text
    assert [tag for tag, _ in made.found].count("script") == 1


def test_compiled_modules_take_the_place_of_their_sources():
    files = {"a/b.py": b"text", "a/c.py": b"more", "a/d.lark": b"grammar"}
    found = building.with_compiled(files, {"a/b.py": b"code"})
    assert found == {"a/b.pyc": b"code", "a/c.py": b"more", "a/d.lark": b"grammar"}


def test_an_archive_that_is_another_one_is_refused(tmp_path):
    package = packages.WHEELS[0]
    with pytest.raises(
        packages.BuildError, match=rf"{package.file} is missing; was {package.name} {package.version} withdrawn"
    ):
        packages.check(package, tmp_path / package.file)
    (tmp_path / package.file).write_bytes(b"another")
    with pytest.raises(packages.BuildError, match=rf"has the SHA-256 \w+, not {package.sha256}; delete it, and build again"):
        packages.check(package, tmp_path / package.file)


def test_times_of_a_folder_without_a_page(tmp_path, capsys):
    import timing

    with pytest.raises(SystemExit):
        timing.main([str(tmp_path)])
    help = f"build the page with `tools/playground/build -o {tmp_path}`"
    assert f"{tmp_path} has no index.html: {help}" in capsys.readouterr().err


def test_times_without_a_browser(tmp_path, capsys, monkeypatch):
    import timing

    (tmp_path / "index.html").touch()
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(timing.VARIABLE, raising=False)
    with pytest.raises(SystemExit):
        timing.main([str(tmp_path)])
    help = "install one (Debian: `apt-get install chromium`) or name its program in SPIKEGRAPH_CHROMIUM"
    assert f"no Chromium found: {help}" in capsys.readouterr().err


def test_a_folder_with_files_is_left_alone(tmp_path, capsys, monkeypatch):
    (tmp_path / "mine.txt").write_text("kept")
    monkeypatch.setattr(sys, "argv", ["build", "-o", str(tmp_path)])
    assert building.main() == 1
    assert capsys.readouterr().err == f"error: {tmp_path} isn't an empty folder; name another one, or delete it\n"
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_a_program_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(packages.BuildError, match=r"`npm` isn't installed; install Node.js 20 or later"):
        packages.program("npm")


def test_the_notice_names_every_package_with_its_licence(wheel):
    text = notice.text([wheel])
    for package in packages.PACKAGES:
        assert f"{package.name} {package.version}: {package.licence}, {package.source}\n" in text
    for changed in ("compiled", "docstrings", "`sourceMappingURL`", "`pyodide-lock.json`", "RECORD", "files are packed"):
        assert changed in notice.HEAD
    assert "Mozilla Public License 2.0" in text
    assert "Eclipse Public License 2.0" in text
    assert "licenses/LICENSE\n" in text
