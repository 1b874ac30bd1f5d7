"""Every tool, called by a client of the official package over standard input and output."""

import base64

import pytest

from spikegraph.agents.tool import TYPES

SPEC = """\
sdhs 1
neuron lif { }
network net {
  input s : spike[2, 8, 8]
  a = s -> conv(3, out = 4) -> norm -> lif
  output logits = a -> pool -> linear(10) -> mean(time)
}
"""
SEARCH = """\
sdhs 1
neuron lif { }
candidates either { c3 = conv(3) -> norm -> lif  skip = identity }
cell normal { nodes = 1  candidates = either  neuron = lif }
network net {
  input s : spike[2, 8, 8]
  a = s -> stem(3, out = 4) -> chain([normal], width = 4)
  output logits = a -> pool -> linear(10) -> mean(time)
}
"""
READING = ["check", "complete", "hover", "shapes", "stats", "certify", "render", "diff", "explain", "search_docs"]


def test_they_are_listed_with_what_they_take_and_say(session):
    tools = session.tools()
    assert list(tools) == READING
    for tool in tools.values():
        assert len(tool.description) > 60
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        for parameter in tool.input_schema["properties"].values():
            assert parameter["type"] in TYPES
            assert parameter["description"].endswith(".")
        assert set(tool.output_schema["required"]) == set(tool.output_schema["properties"])


def test_an_empty_text_and_a_network_that_is_not_decided(session):
    """Neither message names a file that the agent doesn't have, nor edits that there aren't."""
    assert session.text("check", text="").splitlines()[1] == "error[SG0103] text.sdhs:1:1: the text is empty"
    assert session.refused("stats", path="builtin:stereo", phase="deploy").splitlines()[:2] == [
        "error: a genotype is missing",
        "error[SG0317] builtin:stereo:72:1: trellis `feature_path` has no path",
    ]


def test_check(session):
    assert session.data("check", text=SPEC) == {"sound": True, "errors": 0, "warnings": 0, "omitted": 0, "diagnostics": []}
    wrong = SPEC.replace("norm -> lif", "norm -> lief")
    place = {"file": "text.sdhs", "line": 5, "column": 40, "end_line": 5, "end_column": 44}
    (found,) = session.data("check", text=wrong)["diagnostics"]
    assert found == {
        "code": "SG0307",
        "severity": "error",
        **place,
        "summary": "no operation is called `lief`",
        "detail": None,
        "help": "did you mean `lif`? (or load its plug-in: spikegraph mcp --plugin FILE.py)",
        "labels": [],
        "fixes": [{**place, "replacement": "lif", "text": "write `lif`"}],
    }
    assert session.text("check", text=wrong).splitlines() == [
        "1 error",
        "error[SG0307] text.sdhs:5:40: no operation is called `lief`",
        "  | a = s -> conv(3, out = 4) -> norm -> lief",
        "  help: did you mean `lif`? (or load its plug-in: spikegraph mcp --plugin FILE.py)",
        "  fix: write `lif`",
    ]


def test_a_label_in_another_file_names_it(session):
    text = 'sdhs 1\nimport "neurons.sdhs"\nneuron lif { decay = 0.5 }\nneuron slow { }\nneuron slow { decay = 0.5 }\n'
    labels = [line for line in session.text("check", text=text).splitlines() if line.endswith(": first here")]
    assert labels == ["  neurons.sdhs:2:8: first here", "  4:8: first here"]


def test_errors_name_the_parameters_of_tools(session):
    text = session.text("check", text=SEARCH, phase="deploy")
    # Without a folder for trainings there is no tool that searches; the command does.
    helps = [line for line in text.splitlines() if line.startswith("  help: give a file")]
    assert helps
    assert set(helps) == {'  help: give a file with `genotype_path="FILE"`, or search with `spikegraph compile --train`'}


def test_check_takes_profiles_and_values(session):
    text = SPEC + "profile slow { lif.decay = 0.9 }\n"
    assert session.data("check", text=text, profile="slow", set=["lif.threshold=2"])["sound"]
    (found,) = session.data("check", text=text, set=["lif.threshold=-1"])["diagnostics"]
    assert (found["code"], found["file"]) == ("SG0208", "set")


def test_complete(session):
    text = SPEC.replace("conv(3, out = 4)", "cha")
    found = session.data("complete", text=text, line=5, column=15)
    assert [(word["name"], word["sort"]) for word in found["words"]] == [
        ("chain", "operation"),
        ("channel_shuffle", "operation"),
        ("channels_to_time", "operation"),
    ]
    assert found["words"][1]["detail"] == "x -> channel_shuffle(groups)"
    text = SPEC.replace("conv(3, out = 4)", "add(previous())")
    assert [word["name"] for word in session.data("complete", text=text, line=5, column=25)["words"]][:4] == [
        "a",
        "lif",
        "logits",
        "s",
    ]


def test_hover(session):
    found = session.data("hover", text=SPEC, line=6, column=20)
    assert found["text"].startswith("```sdhs\na : spike[4, 8, 8]\n```")
    assert (found["found"], found["line"], found["column"], found["end_column"]) == (True, 6, 19, 20)
    assert session.text("hover", text=SPEC, line=1, column=1) == "nothing is known of what is at 1:1"


def test_shapes(session):
    assert session.data("shapes", text=SPEC) == {
        "sound": True,
        "wires": [
            {"name": "s", "within": ["net"], "line": 4, "types": ["spike[2, 8, 8]"]},
            {"name": "a", "within": ["net"], "line": 5, "types": ["spike[4, 8, 8]"]},
            {"name": "logits", "within": ["net"], "line": 6, "types": ["real[10] once"]},
        ],
    }
    broken = session.text("shapes", text=SPEC.replace("linear(10)", "linear(0)"))
    assert broken.splitlines()[0] == "the spec has errors, so that types may be missing; `check` says which"
    assert "net.a (line 5): spike[4, 8, 8]" in broken


def test_stats(session):
    found = session.data("stats", text=SPEC)
    assert found["parameters"] == 2 * 4 * 9 + 4 + 2 * 4 + 4 * 10 + 10
    assert [layer["name"] for layer in found["layers"]] == ["a.conv", "a.norm", "a", "logits.pool", "logits.linear", "logits"]
    assert session.text("stats", text=SPEC).splitlines()[0] == "134 parameters (retrain)"


def test_certify(session):
    found = session.data("certify", text=SPEC)
    assert (found["spiking"], found["encoding_layers"], found["spiking_layers"]) == (True, ["a.conv"], ["logits.linear"])
    refused = SPEC.replace("norm -> lif", "norm -> relu")
    found = session.data("certify", text=refused)
    assert not found["spiking"]
    assert {place["file"] for place in found["places"]} == {"text.sdhs"}


def test_certify_a_search_with_a_genotype(session):
    assert "genotype" in session.refused("certify", text=SEARCH)
    genotype = "sdhs 1\ngenotype normal { n0 = c3(prev2) + skip(prev) }\n"
    assert session.data("certify", text=SEARCH, genotype=genotype)["spiking"]


@pytest.mark.parametrize(("form", "begins"), [("dot", "digraph net {"), ("svg", "<?xml")])
def test_render(session, form, begins):
    found = session.data("render", text=SPEC, format=form)
    assert found["source"].startswith(begins)
    assert found["format"] == form


def test_render_an_image(session):
    text, image = session.call("render", text=SPEC, format="png").content
    assert text.text == "the picture as an image"
    assert base64.b64decode(image.data).startswith(b"\x89PNG")


def test_diff(session):
    one, two = (f"{SEARCH}genotype normal {{ n0 = c3(prev2) + {kept}(prev) }}\n" for kept in ("skip", "c3"))
    assert session.data("diff", text=one, other_text=one)["equal"]
    found = session.data("diff", text=one, other_text=two)
    assert [(edge["cell"], edge["node"], edge["change"]) for edge in found["edges"]] == [("normal", "n0", "operation")]
    assert session.text("diff", text=one, other_text=two).splitlines()[0] == "first -> second"


def test_explain(session):
    found = session.data("explain", code="sg0302")
    assert (found["code"], found["meaning"]) == ("SG0302", "sizes, axes or channels don't agree")
    assert found["text"].startswith("## SG0302 ")
    assert session.refused("explain", code="SG9999").startswith("error: no diagnostic has the code `SG9999`")


def test_search_docs(session):
    sections = session.data("search_docs", query="learned delays of synapses", limit=2)["sections"]
    assert len(sections) == 2
    assert any("delayed" in section["text"] for section in sections)
    assert session.refused("search_docs", query="zzzz").splitlines() == [
        "error: no section has a word of `zzzz`",
        "help: use words of the field, in English, such as `convolution`",
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("stats", {"txt": ""}, "error: `stats` has no parameter `txt`\nhelp: did you mean `text`?"),
        ("explain", {}, "error: `explain` needs `code`\nhelp: The code of a diagnostic, such as `SG0302`."),
        ("stats", {"text": 3}, "error: `text` is a text, not 3\n"),
        ("stats", {"text": SPEC, "set": [1]}, "error: `set` is a list of texts, not [1]\n"),
        ("stats", {"text": SPEC, "phase": "deployed"}, "error: `phase` can't be `deployed`\nhelp: did you mean `deploy`?"),
        ("stats", {"text": SPEC, "energy": "x"}, "error: no energy model is called `x`\nhelp: the models are `cmos-45nm`"),
        ("hover", {"text": SPEC, "line": 99, "column": 1}, "error: the text has 8 lines, no line 99\nhelp: lines count from 1"),
        ("hover", {"text": SPEC, "line": 1, "column": 0}, "error: `column` is 0, but at least 1\n"),
        ("hover", {"text": SPEC, "line": 1, "column": 99}, "error: line 1 has 6 characters, no column 99\n"),
        ("check", {}, "error: no spec is given: neither `text` nor `path`\nhelp: The spec as text"),
        ("render", {"text": SPEC, "level": "cell"}, "error: "),
        ("diff", {"text": SPEC, "other_text": SPEC}, "error: first has no genotype or path\nhelp: it has nothing"),
        ("paint", {}, "error: there is no tool `paint`\nhelp: the tools are check, complete"),
    ],
)
def test_wrong_calls_are_errors_that_lead(session, name, arguments, text):
    assert session.refused(name, **arguments).startswith(text)


def test_a_wrong_spec_is_an_error_with_its_lines(session):
    text = session.refused("stats", text=SPEC.replace("conv(3", "conv(0"))
    assert text.splitlines() == [
        "error: the spec is wrong; `check` has edits that fix it",
        "error[SG0304] text.sdhs:5:17: `kernel` of `conv` is 0, but must be at least 1 and at most 4096",
        "  | a = s -> conv(0, out = 4) -> norm -> lif",
    ]
