"""CITATION.cff is valid, and agrees with the project's metadata."""

import json
import sys
import tomllib

import pytest

from .archives import ROOT
from .environments import run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CODE = "import sys; from cffconvert.cli.cli import cli; sys.exit(cli())"


@pytest.fixture(scope="module")
def cffconvert():
    return lambda *arguments: run(sys.executable, "-c", CODE, *arguments, cwd=ROOT).stdout


def test_it_is_valid(cffconvert):
    assert cffconvert("--validate").strip() == "Citation metadata are valid according to schema version 1.2.0."


def test_a_wrong_one_is_refused(cffconvert, tmp_path):
    wrong = (ROOT / "CITATION.cff").read_text(encoding="utf-8").replace("authors:", "writers:", 1)
    (tmp_path / "CITATION.cff").write_text(wrong, encoding="utf-8")
    with pytest.raises(AssertionError, match="writers"):
        cffconvert("--validate", "-i", str(tmp_path / "CITATION.cff"))


def test_it_agrees_with_the_metadata(cffconvert):
    found = json.loads(cffconvert("-f", "schema.org"))
    assert (found["name"].partition(":")[0], found["version"]) == (PROJECT["name"], PROJECT["version"])
    assert found["codeRepository"] == PROJECT["urls"]["Repository"]
    assert found["keywords"] == PROJECT["keywords"]
    assert [author["name"] for author in found["author"]] == [author["name"] for author in PROJECT["authors"]]
    assert found["license"].rpartition("/")[2] == PROJECT["license"].split(" AND ")[0]


def test_the_paper():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    software, paper = text.split("references:")
    assert "Differentiable hierarchical and surrogate gradient search for spiking neural networks" in paper
    assert "Differentiable" not in software
    families = [line.split()[-1] for line in paper.splitlines() if "family-names:" in line]
    assert families == ["Che", "Leng", "Zhang", "Zhang", "Meng", "Cheng", "Guo", "Liao"]
    assert f"url: {PROJECT['urls']['Paper']}\n" in paper
