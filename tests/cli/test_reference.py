"""The commands `explain`, `ops` and `passes`."""

import pytest

from spikegraph.dsl.codes import CODES
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.ir import ops
from spikegraph.ir.opdef import OPS
from spikegraph.passes import pipeline
from spikegraph.passes.registry import PASSES

assert ops


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(spikegraph, code):
    done = spikegraph("explain", code)
    assert done.status == 0
    assert done.out.startswith(f"{code} ")
    assert "```" not in done.out
    assert done.out.count("\n## ") == 0
    assert len(done.out.splitlines()) > 2
    assert done.out.splitlines()[-2:] == ["", f"https://spikegraph.github.io/errors/{code}.html"]


def test_codes_in_other_spellings(spikegraph):
    assert spikegraph("explain", "sg0214").out == spikegraph("explain", "214").out == spikegraph("explain", "SG0214").out
    done = spikegraph("explain", "SG9999")
    assert done.status == 2
    assert "no diagnostic has the code `SG9999`" in done.err


def test_all_codes_are_listed(spikegraph):
    lines = spikegraph("explain").out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == list(CODES)


def test_a_page_without_the_section_is_an_error():
    from spikegraph.service.explanations import explanation

    assert explanation("## SG0101 a\n\nb\n\n# Next\n\n## SG0102 c\n", "SG0101") == "## SG0101 a\n\nb\n"
    with pytest.raises(LookupError):
        explanation("## SG0101 a\n", "SG0102")


def test_operations_are_listed_with_one_line_each(spikegraph):
    operations, models = spikegraph("ops").out.split("\n\n")
    lines = operations.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [n for n, op in OPS.items() if op.written]
    assert [line.split()[0] for line in models.splitlines()[1:]] == sorted(NEURON_MODELS)
    everything = spikegraph("ops", "--all").out.split("\n\n")[0].splitlines()[1:]
    assert [line.split()[0] for line in everything] == list(OPS)


KLIF = """\
neuron NAME { model = klif(k = learn(1.0, per = layer)) }

SUMMARY

model klif(I) {
  number decay     = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)
  number k         = 1 in (0, inf) learned
  option decay_input = off of off | on
  state v = 0
  charge = case decay_input { off: leak(v[t-1], decay) + I  on: leak(v[t-1], decay) + (1 - decay) * I }
  u      = relu(k * charge)
  y      = fire(u, threshold)
  v      = reset(u, y)
  emit y else u
}

number or option  value                                               default                  key of
k                 a number above 0, or `learn(...)`                   learn(1.0, per = layer)  model
decay             a number at least 0 and at most 1, or `learn(...)`  0.5                      neuron
threshold         a number above 0, or `learn(...)`                   1.0                      neuron

states: v

keys of the neuron: decay, threshold, reset, surrogate, detach_reset, fires, levels, spike_at, decay_input

one neuron at one time step: 1 addition, 2 multiplications, 2 comparisons
"""


def test_the_page_of_a_neuron_model(spikegraph):
    what = "leaky integrate-and-fire whose potential is scaled by a learned k and is never negative"
    summary = f"{what} (Jiang and Zhang, arXiv 2302.09238, 2023)"
    assert spikegraph("ops", "klif").out == KLIF.replace("SUMMARY", summary)


@pytest.mark.parametrize("name", sorted(set(NEURON_MODELS) - set(OPS)))
def test_a_neuron_model_is_explained(spikegraph, name):
    done = spikegraph("ops", name)
    assert done.status == 0
    signature = NEURON_MODELS[name]
    for text in (signature.doc, signature.source, *(key.name for key in signature.parameters)):
        assert text in done.out
    assert spikegraph("ops", name, "--json").json["models"][0]["name"] == name


@pytest.mark.parametrize("name", OPS)
def test_an_operation_is_explained(spikegraph, name):
    done = spikegraph("ops", name)
    assert done.status == 0
    assert OPS[name].summary() in done.out
    for parameter in set(OPS[name].parameters()) - set(OPS[name].hidden):
        assert parameter in done.out


def test_operations_as_json(spikegraph):
    found = {op["name"]: op for op in spikegraph("ops", "--json").json["operations"]}
    assert found["subpixel"]["operands"] == ["similarity", "like"]
    assert found["subpixel"]["implied_operands"] == ["like"]
    kernel, *_ = found["conv"]["parameters"]
    sizes = "a whole number, or a list of one for each axis"
    assert kernel == {"name": "kernel", "type": sizes, "required": True, "default": None}
    assert "folded" not in {p["name"] for p in found["conv"]["parameters"]}
    last = next(p for p in found["restore"]["parameters"] if p["name"] == "last")
    assert last == {"name": "last", "type": "spike or membrane", "required": False, "default": "spike"}


@pytest.mark.parametrize(("command", "wrong", "nearest"), [("ops", "conf", "conv"), ("passes", "prunes", "prune")])
def test_an_unknown_name_has_its_nearest(spikegraph, command, wrong, nearest):
    done = spikegraph(command, wrong)
    assert done.status == 2
    assert f"did you mean `{nearest}`?" in done.err


def test_passes_are_listed_with_one_line_each(spikegraph):
    lines = spikegraph("passes").out.splitlines()[1:]
    assert [line.split()[0].partition("{")[0] for line in lines] == list(PASSES)


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_is_explained(spikegraph, name):
    done = spikegraph("passes", name)
    assert done.status == 0
    assert PASSES[name].summary() in done.out


def test_passes_as_json(spikegraph):
    found = {p["name"]: p for p in spikegraph("passes", "--json").json["passes"]}
    assert list(found) == list(PASSES)
    assert found["mix"]["options"] == [{"name": "at", "values": ["spike", "membrane"], "default": "membrane"}]
    assert pipeline.parse(",".join(found))
