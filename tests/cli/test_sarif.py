"""`check --sarif`: the log is valid by the schema of the format, and says what the text says."""

import json
import os

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Schema

SPEC = "sdhs 1\n\nneuron lif {\n  decoy = 0.5  # µ\n}\n\nneuron lif {\n}\n"
REGION = {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 8}


@pytest.fixture
def log(spikegraph, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a net.sdhs").write_text(SPEC, encoding="utf-8")
    done = spikegraph("check", "a net.sdhs", "--sarif")
    assert (done.status, done.err) == (1, "")
    return done.out


def test_it_is_valid_by_the_schema(log):
    assert Schema.model_validate_json(log).version.value == "2.1.0"
    wrong = json.loads(log)
    wrong["runs"][0]["results"][0]["colour"] = "red"
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        Schema.model_validate(wrong)


def test_a_result_has_its_rule_place_and_fix(log):
    [run] = json.loads(log)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["SG0203", "SG0204"]
    artifact = {"uri": "a%20net.sdhs"}
    assert run["results"][0] == {
        "ruleId": "SG0203",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "unknown key `decoy`\nhelp: did you mean `decay`?"},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": REGION}}],
        "fixes": [
            {
                "description": {"text": "write `decay`"},
                "artifactChanges": [
                    {
                        "artifactLocation": artifact,
                        "replacements": [{"deletedRegion": REGION, "insertedContent": {"text": "decay"}}],
                    }
                ],
            }
        ],
    }
    assert run["results"][1]["relatedLocations"][0]["message"] == {"text": "first here"}


def test_a_sound_spec_has_no_results(spikegraph, tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text("sdhs 1\n\nneuron lif {\n}\n")
    done = spikegraph("check", path, "--sarif")
    assert (done.status, done.err, json.loads(done.out)["runs"][0]["results"]) == (0, "", [])


@pytest.mark.parametrize("other", ["--json", "--validate"])
def test_one_form_is_given(spikegraph, tmp_path, other):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    done = spikegraph("check", path, "--sarif", other)
    assert done.status == 2
    assert f"--sarif has no place for {other}; leave one of them out" in done.err + done.out


def test_a_name_that_is_not_utf_8_is_an_address(spikegraph, tmp_path, monkeypatch):
    """RFC 3986, 2.1: a byte that isn't a sign of addresses is `%` and two digits."""
    monkeypatch.chdir(tmp_path)
    path = os.fsdecode(b"net\xff.sdhs")
    (tmp_path / path).write_text(SPEC)
    found = json.loads(spikegraph("check", path, "--sarif").out)["runs"][0]["results"][0]["locations"][0]
    assert found["physicalLocation"]["artifactLocation"]["uri"] == "net%FF.sdhs"
