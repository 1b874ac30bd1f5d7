"""What a page shows of a text: each region with literal values, settings that nobody can trust, and texts of others."""

import json

import pytest

from spikegraph.base.resources import resource
from spikegraph.program.program import Program
from spikegraph.service.regions import Settings, choices, regions

from .texts import TEXT


def shown(text, **settings):
    """The regions of a text by name, which JSON can hold."""
    first, *parts = regions(text, Settings.of(settings))
    assert first.keys() == {"problems"}
    assert first["problems"]["partial"]
    found = {}
    for part in parts:
        assert not found.keys() & part.keys()
        found |= json.loads(json.dumps(part))
    assert not found["problems"]["partial"]
    return found


def text_of(name):
    return (resource("specs") / f"{name}.sdhs").read_text()


def test_a_sound_text_fills_all_regions():
    found = shown(TEXT)
    assert list(found) == ["shapes", "energy", "picture", "certificate", "problems"]
    assert (found["problems"]["count"], found["problems"]["items"]) == (0, [])
    assert found["problems"]["wires"] == [
        {"line": 19, "type": "spike[4, 28, 28]", "name": "a"},
        {"line": 20, "type": "spike[8, 14, 14]", "name": "b"},
        {"line": 21, "type": "real[10] once", "name": "logits"},
    ]
    shapes = found["shapes"]
    # 3 x 3 kernels with a number for each output, two numbers of a norm, and 8 x 10 + 10: by hand.
    assert (shapes["parameters"], shapes["phase"]) == ((9 + 1 + 2) * 4 + (36 + 1 + 2) * 8 + 90, "retrain")
    assert shapes["layers"][0] == {"name": "a.conv", "op": "conv", "type": "real[4, 28, 28] once", "parameters": 40}
    energy = found["energy"]
    assert (energy["model"], energy["picojoules"]) == ("cmos-45nm", {"addition": 0.9, "multiply_accumulate": 4.6})
    assert energy["text"].endswith("an upper bound: every input counts as a spike")
    assert energy["beside"] == (
        "cmos-45nm: 0.537 µJ, as an ANN of 2 bits 1.169 µJ; the spiking network needs less at every firing rate"
    )
    assert found["picture"]["dot"].startswith("digraph net {")
    assert (found["picture"]["engine"], found["picture"]["name"]) == ("dot", "network of net")
    assert found["picture"]["blocks"][:2] == ["all", "stage"]
    assert (found["certificate"]["spiking"], found["certificate"]["count"]) == (True, 0)


SEARCHED = """\
sdhs 1

neuron lif {
  decay     = 0.5
  surrogate = arctan(b = 3)
}

candidates ops {
  conv3 = conv(3) -> norm -> lif
  half  = pool(max, stride = 2)
}

cell small {
  inputs     = [prev]
  nodes      = 2
  keep       = 1
  candidates = ops
  neuron     = lif
}

network net {
  input image : real[1, 28, 28]
  time = 2
  a = image -> conv(3, out = 4) -> norm -> lif
  b = a -> chain([small], width = 4)
  output logits = b -> pool -> linear(10) -> mean(time)
}

genotype small {
  n0 = conv3(prev)
  n1 = conv3(n0)
}
"""
"""The genotype lacks the candidate that fits no edge, so the cell that was found is sound and the search isn't."""


def test_what_only_a_search_has_is_judged_after_the_rest_is_shown():
    first, *parts = regions(SEARCHED, Settings())
    assert (first["problems"]["count"], first["problems"]["partial"]) == (0, True)
    assert [list(part) for part in parts] == [["shapes", "energy"], ["picture"], ["certificate"], ["problems"]]
    assert parts[0]["shapes"]["phase"] == "retrain"
    assert parts[2]["certificate"]["spiking"]
    [problem] = parts[3]["problems"]["items"]
    assert (problem["code"], problem["line"], parts[3]["problems"]["partial"]) == ("SG0312", 10, False)


RETRAINED = (
    SEARCHED.partition("genotype")[0].replace("  half  = pool(max, stride = 2)\n", "")
    + """
dataset fashion_mnist_small {
}

search net on fashion_mnist_small {
  epochs       = 1
  batch        = 8
  weights      = adam(lr = 0.01)
  architecture = adam(lr = 0.01)
  loss         = cross_entropy(logits)
}

retrain net on fashion_mnist_small {
  epochs  = 1
  batch   = 8
  weights = adam(lr = 0.01)
  loss    = cross_entropy(logits, class_weights = [1, 2])
}
"""
)
"""Its search is sound, and what is wrong with its retraining is met where the network is to be deployed."""


@pytest.mark.parametrize(
    "text",
    [
        *(TEXT, SEARCHED, SEARCHED.replace("conv3(n0)", "half(n0)"), TEXT.replace("decay ", "decaz "), RETRAINED),
        RETRAINED.replace("cross_entropy(logits, class_weights = [1, 2])", "cross_entropy(logits) + 0.1 * spikes(nowhere)"),
    ],
)
def test_the_last_problems_are_those_of_check(text):
    found = Program.of_text(text, "net.sdhs").check()
    shown_last = shown(text)["problems"]["items"]
    assert [(p["code"], p["line"], p["summary"]) for p in shown_last] == [(d.code, d.span.line, d.summary) for d in found]


def test_wires_on_one_line():
    found = shown("sdhs 1\nnetwork net {input s : spike[2]  output a = s -> linear(3)  b=a -> linear(2) }\n")
    assert [(each["name"], each["type"]) for each in found["problems"]["wires"]] == [("a", "real[3]"), ("b", "real[2]")]


def test_a_fix_is_an_edit_in_the_units_of_browsers():
    text = "# \U0001f9e0 a brain, two units of UTF-16\n" + TEXT.replace("decay ", "decaz ")
    found = shown(text)
    [problem] = found["problems"]["items"]
    assert (problem["code"], problem["line"], problem["column"]) == ("SG0203", 6, 3)
    assert problem["excerpt"] == ["  ", "decaz", "     = 0.5"]
    [fix] = problem["fixes"]
    units = text.encode("utf-16-le")
    fixed = (units[: 2 * fix["start"]] + fix["replacement"].encode("utf-16-le") + units[2 * fix["end"] :]).decode("utf-16-le")
    assert shown(fixed)["problems"]["count"] == 0
    why = {"missing": "Correct the problems first."}
    assert [found[name] for name in ("shapes", "energy", "picture", "certificate")] == [why] * 4


def test_what_does_not_spike_is_named():
    found = shown(text_of("zoo/unet"), folder="zoo")["certificate"]
    assert (found["spiking"], found["count"]) == (False, 1)
    [place] = found["places"]
    assert (place["code"], place["file"], place["line"]) == ("SG1001", "", 22)


def test_pictures_of_a_searched_network():
    text = text_of("stereo")
    space = shown(text)
    assert space["shapes"]["phase"] == "search"
    assert space["certificate"] == {"missing": "trellis `feature_path` has no path; choose a genotype, or write it in the spec"}
    dots = {
        picture: shown(text, genotype="genotypes/stereo", picture=picture)["picture"]
        for picture in ("network", "block", "cell", "trellis")
    }
    assert len({each["dot"] for each in dots.values()}) == 4
    assert [each["engine"] for each in dots.values()] == ["dot", "dot", "nop2", "nop2"]
    assert "feature_path" in dots["trellis"]["dot"]


def test_a_block_is_opened_by_its_name():
    closed = shown(text_of("zoo/spikformer"), folder="zoo")["picture"]
    name = closed["blocks"][1]
    opened = shown(text_of("zoo/spikformer"), folder="zoo", picture="block", block=name)["picture"]
    whole = shown(text_of("zoo/spikformer"), folder="zoo", picture="block")["picture"]
    assert len(closed["dot"]) < len(opened["dot"]) < len(whole["dot"])
    missing = shown(text_of("zoo/spikformer"), folder="zoo", picture="block", block="nothing")["picture"]
    assert missing["missing"] == "the network has nothing called `nothing` to expand"


@pytest.mark.parametrize("picture", ["cell", "trellis"])
def test_what_a_network_lacks_is_said(picture):
    assert shown(TEXT, picture=picture)["picture"]["missing"] == f"net has no {picture}"


def test_a_dark_picture_has_a_dark_ground():
    assert 'bgcolor="#FFFFFF"' in shown(TEXT)["picture"]["dot"]
    assert 'bgcolor="#FFFFFF"' not in shown(TEXT, dark=True)["picture"]["dot"]


@pytest.mark.parametrize(
    "given",
    [
        {"folder": "../../..", "genotype": "/etc/passwd", "energy": "free", "picture": "neuron", "dark": "yes", "block": 3},
        {"folder": None, "genotype": ["x"], "energy": {}, "picture": 0, "dark": None, "block": None},
        {"more": "x" * 1000, "block": ""},
    ],
)
def test_settings_of_a_link_are_known_ones_or_the_default(given):
    assert Settings.of(given) == Settings()


def test_imports_stay_in_the_bundled_specs():
    found = shown('sdhs 1\nimport "../../setup.sdhs"\nimport "/etc/passwd"\n')
    assert [(each["code"], each["line"]) for each in found["problems"]["items"]] == [("SG0502", 2), ("SG0502", 3)]


@pytest.mark.parametrize("text", ["", "\0", "sdhs 1\n" + "(" * 5000, "network " * 3000, "sdhs 1\nnetwork n {\n" * 500])
def test_any_text_has_an_answer(text):
    found = shown(text)
    assert found["problems"]["count"] > 0
    assert found["problems"]["items"][0]["line"] >= 1


def test_a_text_without_a_network_is_told_so():
    found = shown("sdhs 1\n")
    assert found["problems"]["count"] == 0
    assert found["certificate"] == {"missing": "the spec has no network; write `network NAME { ... }`"}


def test_every_example_can_be_chosen():
    found = choices()
    names = [example["name"] for example in found["examples"]]
    assert {"images", "stereo", "zoo/vgg16"} <= set(names)
    assert not any("genotypes" in name or name.startswith("lib/") for name in names)
    stereo = next(example for example in found["examples"] if example["name"] == "stereo")
    assert (stereo["folder"], stereo["genotype"]) == ("", "genotypes/stereo")
    assert all(example["title"] and example["text"].count("\n") > 10 for example in found["examples"])
    assert (found["energy"], found["pictures"]) == (
        ["cmos-45nm", "simple", "lemaire", "spikesim", "loihi", "yan2026"],
        ["network", "block", "cell", "trellis", "ops"],
    )


@pytest.mark.long
@pytest.mark.parametrize("example", choices()["examples"], ids=lambda each: each["name"])
def test_every_example_is_sound_and_drawn(example):
    found = shown(example["text"], folder=example["folder"], genotype=example["genotype"])
    assert [each["severity"] for each in found["problems"]["items"] if each["severity"] == "error"] == []
    assert "dot" in found["picture"]
    assert "spiking" in found["certificate"] or "genotype" in found["certificate"]["missing"]
