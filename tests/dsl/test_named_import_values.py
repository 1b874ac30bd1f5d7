"""Values of params and blocks in a file that is imported by a name."""

from spikegraph.program.program import Program

WIRES = """\
neuron lif { decay = 0.5 }
neuron other { decay = 0.25 }
candidates few { c3 = conv(3) -> norm -> lif  skip = identity }
cell normal { nodes = 1  candidates = few  neuron = lif }
trellis grid { cell = normal  layers = 2  levels = 2 }
block blk(x) { weights = own
  param act = other
  return x -> conv(3, out = 4) -> act }
block two(other) { weights = own
  return blk(other) }
network net {
  param act = lif
  param row = [normal, normal]
  input x : real[3, 8, 8]
  time = 2
  neuron = lif
  block cells(x) { weights = own
    param c = normal
    return x -> chain([c], width = 4) }
  other = x -> conv(3, out = 4) -> act
  grid = blk(other)
  z = two(grid) -> blk(act = other) -> cells(c = normal) -> chain(row, width = 4)
  output y = z -> pool -> linear(10) -> mean(time)
}
genotype net { act = other }
genotype normal { n0 = c3(prev2) + skip(prev) }
"""


SEARCH = """import "wires.sdhs"AS
dataset d { source = anything }
search PREFIXnet(act = any(PREFIXlif, PREFIXother)) on d {
  method = random(2)  epochs = 1  batch = 2  weights = sgd(lr = 1)  loss = cross_entropy
}
"""


def test_values_of_params_are_declarations_and_values_of_blocks_are_wires(tmp_path, anything):
    (tmp_path / "wires.sdhs").write_text(f"sdhs 1\n{WIRES}", encoding="utf-8")
    plain = SEARCH.replace("AS", "").replace("PREFIX", "")
    for text, prefix in ((plain, ""), (SEARCH.replace("AS", " as lib").replace("PREFIX", "lib_"), "lib_")):
        (tmp_path / "net.sdhs").write_text(f"sdhs 1\n{text}", encoding="utf-8")
        program = Program.read(tmp_path / "net.sdhs")
        assert [*program.check()] == []
        assert program.spec.genotypes[f"{prefix}net"].nodes["act"][0].operation == f"{prefix}other"
        graph = program.build("retrain").plain
        decays = [node.op.neuron.decay for node in graph if node.op.name == "lif"]
        assert (decays[:4], {*decays[4:]}) == ([0.25] * 4, {0.5})


DATA = """sdhs 1
dataset cifar10 { folder = "images" }
dataset cifar100 like cifar10 { }
dataset other like cifar10 { source = mnist }
"""


def test_the_own_name_of_a_data_set_is_its_source(tmp_path):
    """Behind `like` it is the base's name."""
    (tmp_path / "data.sdhs").write_text(DATA, encoding="utf-8")
    for name, prefix in (("", ""), (" as s", "s_")):
        (tmp_path / "net.sdhs").write_text(f'sdhs 1\nimport "data.sdhs"{name}\n', encoding="utf-8")
        program = Program.read(tmp_path / "net.sdhs")
        assert [*program.check()] == []
        found = {name: each.source for name, each in program.spec.datasets.items()}
        assert found == {f"{prefix}cifar10": "cifar10", f"{prefix}cifar100": "cifar10", f"{prefix}other": "mnist"}


LIKE = """sdhs 1
neuron lif { decay = 0.5 }
neuron n { decay = 0.9 }
block b(x) { weights = own
  return x -> conv(3, out = 8) -> norm -> lif }
network base {
  param n = lif
  input x : real[1, 8, 8]
  time = 2
  block b(x) { weights = own
    return x -> conv(5, out = 4) -> norm -> n }
  a = x -> b
  output y = a -> pool -> linear(10) -> mean(time)
}
network derived like base {
  a2 = a -> b -> n
  output y = a2 -> pool -> linear(10) -> mean(time)
}
"""


def test_a_network_has_the_blocks_and_params_of_what_it_is_like(tmp_path, anything):
    """Its own uses mean those, not declarations of the same name."""
    run = "on d { epochs = 1  batch = 2  weights = sgd(lr = 1)  loss = cross_entropy }\n"
    (tmp_path / "like.sdhs").write_text(LIKE, encoding="utf-8")
    for name, prefix in (("", ""), (" as lib", "lib_")):
        text = f'sdhs 1\nimport "like.sdhs"{name}\ndataset d {{ source = anything }}\nretrain {prefix}derived {run}'
        (tmp_path / "net.sdhs").write_text(text, encoding="utf-8")
        graph = Program.read(tmp_path / "net.sdhs").checked().build("retrain").plain
        assert [node.op.kernel for node in graph if node.op.name == "conv"] == [5, 5]
        assert [node.op.neuron.decay for node in graph if node.op.name == "lif"] == [0.5, 0.5, 0.5]


CHOICES = """sdhs 1
neuron lif { decay = 0.5 }
block b(x) { weights = own
  q = x -> choose(c3 = conv(3, out = 4), c5 = conv(5, out = 4))
  b = q -> choose(k = conv(1, out = 4), l = identity)
  return b -> norm -> lif }
block s(x) { weights = shared
  q = x -> choose(c3 = conv(3, out = 4), c5 = conv(5, out = 4))
  return q -> lif }
block outer(x) { weights = own
  m = x -> b -> s
  n = m -> choose(b = b, two = b -> b)
  return n -> b }
block b2(x) { weights = own
  q = x -> choose(c3 = conv(3, out = 4), c5 = conv(5, out = 4))
  return q -> lif }
network net {
  input x : real[1, 8, 8]
  time = 2
  block inner(x) { weights = own
    b = x -> choose(c3 = conv(3, out = 4), c5 = conv(5, out = 4))
    return b -> outer }
  a = x -> b -> lif
  c = b(a)
  d = c -> repeat(b, 2) -> outer -> b -> b -> lif
  e = d -> inner -> s
  f = e -> b2 -> b2 -> lif
  b = inner(f)
  output y = b -> repeat(outer, 2) -> choose(u = s, v = identity) -> pool -> linear(10) -> mean(time)
}
"""


def test_a_genotype_names_choices_inside_of_blocks(tmp_path, anything):
    """Each place of the library's own text, also where a wire or a branch has the name of a block."""
    run = "on d { epochs = 1  batch = 2  weights = sgd(lr = 1)  loss = cross_entropy }\n"

    def read(name, prefix, genotype):
        (tmp_path / "choices.sdhs").write_text(CHOICES + genotype, encoding="utf-8")
        text = f'sdhs 1\nimport "choices.sdhs"{name}\ndataset d {{ source = anything }}\nretrain {prefix}net {run}'
        text += "" if genotype else f"search {prefix}net {run}"
        (tmp_path / "net.sdhs").write_text(text, encoding="utf-8")
        return Program.read(tmp_path / "net.sdhs").checked()

    space = read("", "", "").space("search")
    choices = {str(node.op.place): node.op.branches[1] for node in space if node.op.name == "choose"}
    assert {"a.b.q", "a.b.b", "c.b", "d.b[1].q", "d.b3.q", "s.q", "f.b22.q"} <= choices.keys()
    assert {"b.outer.n.two.b", "b.outer.n.two.b.b"} <= choices.keys()
    genotype = "genotype net {\n" + "".join(f"  {place} = {branch}\n" for place, branch in choices.items()) + "}\n"
    plain, named = (read(name, prefix, genotype).build("retrain").plain for name, prefix in (("", ""), (" as l", "l_")))
    assert [node.op for node in plain if node.op.name == "conv"] == [node.op for node in named if node.op.name == "conv"]


def test_a_surrogate_is_no_neuron_of_the_same_name(tmp_path, anything):
    text = WIRES.replace("grid = blk(other)", "grid = blk(other) -> lif(surrogate = dspike(b = 5))")
    (tmp_path / "wires.sdhs").write_text(f"sdhs 1\n{text}neuron dspike {{ }}\n", encoding="utf-8")
    text = SEARCH.replace("AS", " as lib").replace("PREFIX", "lib_")
    (tmp_path / "net.sdhs").write_text(f"sdhs 1\n{text}", encoding="utf-8")
    graph = Program.read(tmp_path / "net.sdhs").checked().build("retrain").plain
    assert graph.node("grid").op.neuron.surrogate.b == 5


BRANCHES = """sdhs 1
neuron lif { }
block b(x) { weights = own
  return x -> conv(3, out = 4) -> lif }
network net {
  input x : real[1, 8, 8]
  time = 2
  a = x -> choose(reset = b, surrogate = b -> b)
  output y = a -> pool -> linear(10) -> mean(time)
}
"""


def test_a_branch_may_be_called_as_a_key_of_neurons(tmp_path, anything):
    """It is the library's block, not the one that the file itself has."""
    (tmp_path / "branches.sdhs").write_text(BRANCHES, encoding="utf-8")
    text = """sdhs 1
import "branches.sdhs" as l
block b(x) { weights = own
  return x -> conv(7, out = 4) -> l.lif }
dataset d { source = anything }
search l_net on d { epochs = 1  batch = 2  weights = sgd(lr = 1)  loss = cross_entropy }
"""
    (tmp_path / "net.sdhs").write_text(text, encoding="utf-8")
    space = Program.read(tmp_path / "net.sdhs").checked().space("search")
    assert [node.op.kernel for node in space if node.op.name == "conv"] == [3, 3, 3]
