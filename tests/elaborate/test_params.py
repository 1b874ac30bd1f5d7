"""Params that are numbers, truth values, words, lists and neurons, and where they can stand."""

import pytest

from spikegraph.program.program import Program

SPEC = """\
sdhs 1
neuron lif { }
neuron soft { reset = soft }
block part(x) {
  weights = own
  param k    = [3, 3]
  param pad  = centred
  param bias = false
  param d    = 0.25
  param s    = arctan
  return x -> conv(k, out = 4, bias = bias, padding = pad) -> norm -> lif(decay = d, surrogate = s)
}
network net {
  param W    = 8
  param d    = 0.5
  param deep = true
  param kind = max
  param n    = lif(decay = d)
  input image : real[3, 32, 32]
  time = 2
  a    = image -> conv(3, out = W, bias = deep) -> n(threshold = 2 * d) -> part(d = d / 2, pad = centred, k = [3, 3])
  b    = a -> pool(kind, kernel = 2) -> lif(decay = d, threshold = learn(d), detach_reset = deep)
  output logits = b -> pool -> linear(10, bias = deep) -> mean(time)
}
dataset data { source = fashion_mnist_small  augment = [pad([32, 32]), repeat(3)] }
search net(W = any(4, 8), deep = any(true, false), kind = any(max, avg), n = any(lif, soft)) on data {
  epochs = 2
  method = random(3)
}
retrain net(d = 0.25) on data { epochs = 1  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) }
"""

PLAIN = SPEC[: SPEC.index("search net")] + SPEC[SPEC.index("retrain net") :]


def program(folder, text, **options):
    path = folder / "net.sdhs"
    path.write_text(text)
    return Program.read(path, **options)


def told(folder, text, **options):
    return [(d.code, d.summary) for d in program(folder, text, **options).check()]


def graph(folder, text, **options):
    made = program(folder, text, **options)
    assert list(made.check()) == []
    return made.space("retrain")


def test_params_reach_operations_and_neurons(tmp_path):
    made = graph(tmp_path, PLAIN)
    first, second = made.node("a.conv").op, made.node("a.part.conv" if "a.part.conv" in made else "a.conv2").op
    assert (first.out, first.bias, second.kernel, second.bias, second.padding) == (8, True, (3, 3), False, "centred")
    spiking = [node.op.neuron for node in made if "neuron" in type(node.op).model_fields]
    assert [(n.decay, n.threshold, n.surrogate.name, n.detach_reset) for n in spiking] == [
        (0.25, 0.5, "dspike", False),
        (0.125, 0.5, "arctan", False),
        (0.25, 0.25, "dspike", True),
    ]
    assert next(node.op.kind for node in made if node.op.name == "pool") == "max"


@pytest.mark.parametrize(
    ("override", "operation", "field", "value"),
    [
        ("net.deep=false", "linear", "bias", False),
        ("net.kind=avg", "pool", "kind", "avg"),
        ("retrain.kind=avg", "pool", "kind", "avg"),
        ("retrain.deep=false", "linear", "bias", False),
        ("retrain.W=6", "conv", "out", 6),
    ],
)
def test_set(override, operation, field, value, tmp_path):
    made = graph(tmp_path, PLAIN, overrides=[override])
    assert next(getattr(node.op, field) for node in made if node.op.name == operation) == value


@pytest.mark.parametrize("override", ["part.k=5", "part.k=[5, 5]", "part.pad=1", "part.bias=true", "part.s=dspike"])
def test_a_default_can_be_replaced_whatever_uses_bind(override, tmp_path):
    assert told(tmp_path, PLAIN, overrides=[override]) == []


def test_the_resolved_text_is_the_same_network(tmp_path):
    first = program(tmp_path, SPEC)
    again = program(tmp_path, first.text)
    assert list(again.check()) == []
    assert again.text == first.text
    assert [(n.name, n.op) for n in again.space("search")] == [(n.name, n.op) for n in first.space("search")]


def test_a_genotype_states_words_and_truth_values(tmp_path):
    decided = f"{SPEC}genotype net {{ W = 4  deep = false  kind = avg  n = soft }}\n"
    made = program(tmp_path, decided)
    assert list(made.check()) == []
    built = made.build("retrain").space
    ops = {node.op.name: node.op for node in reversed(list(built))}
    assert (ops["conv"].out, ops["linear"].bias, ops["pool"].kind) == (4, False, "avg")
    assert next(n.op.neuron.reset for n in built if "neuron" in type(n.op).model_fields) == "soft"
    wrong = decided.replace("{ W = 4", "{ W = 6")
    assert [code for code, _ in told(tmp_path, wrong)] == ["SG0405"]


@pytest.mark.parametrize(
    ("old", "new", "code", "summary"),
    [
        (
            "out = W,",
            "out = kind,",
            "SG0304",
            "`out` of `conv` must be a whole number at least 1, but `kind` is the word `max`",
        ),
        ("out = W,", "out = deep,", "SG0304", "`out` of `conv` can't be `deep`, which is `true`"),
        ("out = W,", "out = 2 * kind,", "SG0207", "expected a number, but `kind` is the word `max`"),
        ("out = W,", "out = 2 * deep,", "SG0207", "expected a number, but `deep` is `true` or `false`"),
        ("bias = deep) -> n", "bias = W) -> n", "SG0304", "`bias = W` of `conv` is 8, but must be `true` or `false`"),
        ("pad = centred, k", "pad = true, k", "SG0304", "`pad` is a word, a number or a list, not `true`"),
        ("pad = centred, k", "bias = 3, k", "SG0304", "`bias` is `true` or `false`, not `3`"),
        ("k = [3, 3])", "k = lif)", "SG0304", "`k` is a list, a number or a word, but `lif` is a neuron"),
        ("k = [3, 3])", "k = cenred)", "SG0202", "unknown name `cenred`"),
        ("pad  = centred", "pad  = centerd", "SG0202", "unknown name `centerd`"),
        ("k    = [3, 3]", "k    = [3, [3]]", "SG0207", "a list can't be in the list of a param"),
        ("k    = [3, 3]", f"k    = [{', '.join('3' * 65)}]", "SG0218", "a list of 65 items"),
        ("decay = d, surr", "decay = bias, surr", "SG0304", None),
        ("lif(decay = d, thr", "lif(decay = dd, thr", "SG0307", "no number is called `dd` here"),
        ("net(d = 0.25)", "net(deep = 1)", "SG0207", "expected `true` or `false`, found the number 1"),
        ("net(d = 0.25)", "net(kind = true)", "SG0207", "expected a word, a number or a list, found `true`"),
        ("net(d = 0.25)", "net(W = [3, 4])", "SG0207", "expected a number, found a list"),
        ("net(d = 0.25)", "net(kind = mx)", "SG0202", "unknown name `mx`"),
        (
            "neuron soft { ",
            "neuron soft { decay = d ",
            "SG0202",
            "`d` is a param of block `part`, which a declaration can't see",
        ),
        ("  time = 2\n", "  time = 2\n  flag = false\n", "SG0310", "`flag` is `false`"),
    ],
)
def test_a_wrong_value_is_one_error(old, new, code, summary, tmp_path):
    assert old in PLAIN
    (found,) = told(tmp_path, PLAIN.replace(old, new))
    assert found[0] == code
    assert summary is None or found[1] == summary or (new.startswith("neuron soft") and "is a param of" in found[1])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("any(4, 8)", "any(4, true)", "SG0216"),
        ("any(true, false)", "any(true, true)", "SG0216"),
        ("any(max, avg)", "any(max, avrg)", "SG0202"),
        ("any(max, avg)", "any([3], [5])", "SG0216"),
        ("any(lif, soft)", "any(lif, sot)", "SG0202"),
    ],
)
def test_a_wrong_choice_is_one_error(old, new, code, tmp_path):
    assert [c for c, _ in told(tmp_path, SPEC.replace(old, new))] == [code]


@pytest.mark.parametrize(("override", "what"), [("net.W=true", "a number"), ("net.deep=3", "`true` or `false`")])
def test_set_keeps_the_kind(override, what, tmp_path):
    assert [s.split(",")[0] for _, s in told(tmp_path, PLAIN, overrides=[override])] == [f"expected {what}"]


ELEMENTS = PLAIN.replace("  param kind = max\n", "  param kind = max\n  param sizes = [8, 16, max]\n  param i = 1\n").replace(
    "out = W,", "out = sizes[i - 1],"
)


def test_an_element_of_a_list(tmp_path):
    text = ELEMENTS.replace("pool(kind,", "pool(sizes[2],").replace("learn(d)", "learn(sizes[0] / 16)")
    made = graph(tmp_path, text)
    assert made.node("a.conv").op.out == 8
    assert next(node.op.kind for node in made if node.op.name == "pool") == "max"
    assert next(node.op.neuron for node in reversed(list(made)) if node.op.name == "lif").threshold == 0.5
    assert graph(tmp_path, text, overrides=["net.sizes=[6, 8, avg]"]).node("a.conv").op.out == 6
    again = program(tmp_path, program(tmp_path, text).text)
    assert [(n.name, n.op) for n in again.space("retrain")] == [(n.name, n.op) for n in made]


@pytest.mark.parametrize(
    ("old", "new", "code", "summary"),
    [
        ("sizes[i - 1]", "sizes[3]", "SG0208", "the list `sizes` has no element 3"),
        ("sizes[i - 1]", "sizes[0 - 1]", "SG0208", "the list `sizes` has no element -1"),
        ("sizes[i - 1]", "sizes[i / 2]", "SG0212", "expected a whole number, found 0.5 for i = 1"),
        ("sizes[i - 1]", "sizes[0, 1]", "SG0207", "`sizes[0, 1]` is no element of a list"),
        ("sizes[i - 1]", "sizs[0]", "SG0202", "unknown name `sizs`"),
        ("sizes[i - 1]", "i[0]", "SG0207", "`i` is a number, so it has no elements"),
        ("sizes[i - 1]", "kind[0]", "SG0207", "`kind` is no list, so it has no elements"),
        ("sizes[i - 1]", "2 * sizes[2]", "SG0207", "expected a number, but `sizes[2]` is the word `max`"),
        (
            "sizes[i - 1]",
            "sizes[2]",
            "SG0304",
            "`out` of `conv` must be a whole number at least 1, but `sizes[2]` is the word `max`",
        ),
        ("learn(d)", "learn(sizes[3])", "SG0208", "the list `sizes` has no element 3"),
    ],
)
def test_a_wrong_element_is_one_error(old, new, code, summary, tmp_path):
    assert told(tmp_path, ELEMENTS.replace(old, new)) == [(code, summary)]


DATA = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  param size = 32
  param double = 2 * size
  input image : real[3, size, size]
  time = 2
  output y = image -> conv(3, out = 4) -> lif -> pool -> linear(10) -> mean(time)
}
dataset images {
  source  = cifar10
  augment = [random_crop([32, 32], padding = 4), horizontal_flip(probability = 0.5)]
}
retrain net on images {
  epochs  = 1
  batch   = 4
  weights = adam(lr = 0.01)
  loss    = cross_entropy(y)
}
"""


@pytest.mark.parametrize(
    ("old", "new", "name", "help"),
    [
        ("crop([32, 32]", "crop([32, size]", "size", "write a number, such as its default `32`"),
        ("padding = 4", "padding = size / 8", "size", "write a number, such as its default `32`"),
        ("probability = 0.5", "probability = 1 / double", "double", "write a number"),
        ("batch   = 4", "batch   = double", "double", "write a number"),
        ("lr = 0.01", "lr = 1 / size", "size", "write a number, such as its default `32`"),
    ],
)
def test_declarations_see_no_params(old, new, name, help, tmp_path):
    """Where a data set or a run names one, the error says whose it is."""
    assert DATA.count(old) == 1
    path = tmp_path / "net.sdhs"
    path.write_text(DATA)
    assert list(Program.read(path).check()) == []
    path.write_text(DATA.replace(old, new))
    (found,) = Program.read(path).check()
    assert (found.code, found.summary) == ("SG0202", f"`{name}` is a param of network `net`, which a declaration can't see")
    assert found.help == help
