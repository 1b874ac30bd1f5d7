"""CITATION.cff is valid, and agrees with the project's metadata."""

import sys
import tomllib

import pytest
import yaml

from .archives import ROOT
from .environments import run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def validated(path):
    """What a program says that has the schema of the Citation File Format, version 1.2.0."""
    options = ("--builtin-schema", "vendor.citation-file-format", "--color", "never")
    return run(sys.executable, "-m", "check_jsonschema", *options, str(path), cwd=ROOT).stdout


def test_it_is_valid():
    assert validated(ROOT / "CITATION.cff").strip() == "ok -- validation done"


def test_a_wrong_one_is_refused(tmp_path):
    wrong = (ROOT / "CITATION.cff").read_text(encoding="utf-8").replace("authors:", "writers:", 1)
    (tmp_path / "CITATION.cff").write_text(wrong, encoding="utf-8")
    with pytest.raises(AssertionError, match="writers"):
        validated(tmp_path / "CITATION.cff")


def test_it_agrees_with_the_metadata():
    found = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (found["cff-version"], found["type"]) == ("1.2.0", "software")
    assert (found["title"].partition(":")[0], str(found["version"])) == (PROJECT["name"], PROJECT["version"])
    assert found["repository-code"] == PROJECT["urls"]["Repository"]
    assert found["keywords"] == PROJECT["keywords"]
    assert [author["name"] for author in found["authors"]] == [author["name"] for author in PROJECT["authors"]]
    assert found["license"] == PROJECT["license"].split(" AND ")[0]


def test_the_paper():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    software, paper = text.split("references:")
    assert "Differentiable hierarchical and surrogate gradient search for spiking neural networks" in paper
    assert "Differentiable" not in software
    families = [line.split()[-1] for line in paper.splitlines() if "family-names:" in line]
    assert families == ["Che", "Leng", "Zhang", "Zhang", "Meng", "Cheng", "Guo", "Liao"]
    assert f"url: {PROJECT['urls']['Paper']}\n" in paper
