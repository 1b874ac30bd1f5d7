"""`spikegraph stats --plan`: what search and training will need of a device."""

import pytest

from spikegraph.analysis.devices import DEVICES

SPEC = """sdhs 1
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = both neuron = lif }
network net {
  input x : real[3, 32, 32]
  time = 2
  stem  = x -> stem(3, out = 8)
  output logits = stem -> chain([plain, plain], width = 8) -> pool -> linear(10) -> mean(time)
}
neuron lif { }
dataset cifar10 { }
search net on cifar10 {
  epochs = 4  warm_up = 1  batch = 50
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
}
retrain net on cifar10 {
  epochs = 10  batch = 64  weights = adam(lr = 0.05)  loss = cross_entropy(logits)
}
"""


SEQUENCES = """\
sdhs 1
neuron lif { }
network net {
  input x : real[7]
  output logits = x -> linear(4) -> lif -> linear(3) -> mean(time)
}
dataset waves {
  source = arrays
  file = "waves.npz"
  time_steps = true
}
retrain net on waves {
  epochs = 2  batch = 3  weights = adam(lr = 0.1)  loss = cross_entropy(logits)
}
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_a_plan(spikegraph, spec, golden):
    done = spikegraph("stats", spec, "--plan", "--device", "h100")
    assert (done.status, done.err) == (0, "")
    golden(done.out, ".txt")


def test_the_form_of_the_json(spikegraph, spec):
    found = spikegraph("stats", spec, "--plan", "--device", "rtx-4090", "--precision", "bf16", "--json").json
    assert list(found) == ["format_version", "spec", "device", "precision", "process_bytes", "phases"]
    assert (found["device"]["name"], found["device"]["memory_bytes"], found["precision"]) == ("rtx-4090", 24 << 30, "bf16")
    search, retrain = found["phases"]
    assert (search["phase"], search["steps"]) == ("search", 4 * 500 + 3 * 500)
    assert (retrain["phase"], retrain["steps"]) == ("retrain", 10 * 782)
    for phase in (search, retrain):
        assert phase["hours"] == pytest.approx(phase["steps"] * phase["step_seconds"] / 3600)
        assert phase["bytes"]["most"] > phase["bytes"]["kept"] > phase["bytes"]["weights"] > 0


def test_this_machine(spikegraph, spec):
    found = spikegraph("stats", spec, "--plan", "--phase", "retrain", "--set", "retrain.batch=2", "--json").json
    (retrain,) = found["phases"]
    assert found["device"]["name"] == "cpu"
    assert found["process_bytes"] > 50e6
    assert retrain["step_seconds"] > 0
    assert retrain["bytes"]["optimizer"] == 2 * retrain["bytes"]["gradients"]


def test_a_wrong_name_prints_the_table(spikegraph, spec):
    done = spikegraph("stats", spec, "--plan", "--device", "h10")
    assert (done.status, done.out) == (2, "")
    table, error = done.err.split("\n\n", 1)
    assert (
        error.splitlines()[-1]
        == "Error: no device is called `h10`; did you mean `h100`? (or load its plug-in: --plugin FILE.py)"
    )
    assert [line.split()[0] for line in table.splitlines()[1:-1]] == list(DEVICES)
    row = "h100        80 GiB   3.35     67  494.7  989.4  H100 SXM, 80 GB; NVIDIA, H100 Tensor Core GPU, datasheet"
    assert row in table.splitlines()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--device", "h100"), "--device is for --plan; add --plan, or leave it out"),
        (("--precision", "bf16"), "--precision is for --plan; add --plan, or leave it out"),
        (("--plan", "--data", "."), "--plan predicts what a training needs; leave out --data"),
        (("--plan", "--energy", "all"), "--plan predicts what a training needs; leave out --energy"),
        (("--plan", "--device", ""), "no device is called ``; those above are known (or load its plug-in: --plugin FILE.py)"),
        (("--plan", "--phase", "deploy"), "--plan is about search and training; leave out --phase deploy"),
    ],
)
def test_options_that_dont_go_together(spikegraph, spec, options, message):
    done = spikegraph("stats", spec, *options)
    assert (done.status, done.err.splitlines()[-1]) == (2, f"Error: {message}")


def test_what_isnt_known(spikegraph, tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.replace("cifar10 { }", "images { }").replace("on cifar10", "on images"), encoding="utf-8")
    done = spikegraph("stats", path, "--plan", "--device", "v100-32gb", "--precision", "bf16", "--phase", "retrain")
    assert done.status == 0, done.err
    assert done.out.splitlines()[-3:] == [
        "retrain: without a genotype, of an architecture that is drawn at random",
        "retrain: how many samples `images` has isn't known; give --set retrain.epoch_samples=N for the hours",
        "retrain: the time of a step isn't known: v100-32gb has no units for bfloat16",
    ]


def test_a_phase_that_the_spec_doesnt_have(spikegraph, spec):
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text[: text.index("search net")] + text[text.index("retrain net") :], encoding="utf-8")
    done = spikegraph("stats", spec, "--plan", "--phase", "search")
    assert (done.status, done.out) == (1, "")
    assert done.err == f"error: {spec} has no `search`\nhelp: add one to the spec, or leave out --phase search\n"


def test_samples_whose_time_steps_only_the_data_tell(spikegraph, tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SEQUENCES, encoding="utf-8")
    done = spikegraph("stats", path, "--plan", "--device", "h100")
    assert done.out.splitlines()[-2] == (
        "retrain: only the data tell how many time steps a sample of `waves` has; these are the numbers of one step, and what "
        "is kept, at most, and a step's time grow with them"
    )
    assert spikegraph("stats", path, "--plan", "--device", "h100", "--json").json["phases"][0]["of_one_step"] is True


def test_a_batch_that_is_too_large(spikegraph, spec):
    given = ("--set", "retrain.batch=60000", "--set", "retrain.epoch_samples=60000")
    done = spikegraph("stats", spec, "--plan", "--device", "rtx-3090", "--phase", "retrain", *given)
    assert "of 24 GiB; too much: use a smaller `retrain.batch`" in done.out


def test_a_batch_has_at_most_the_samples_of_an_epoch(spikegraph, spec):
    """CIFAR10 has 50,000 for training, of which a search takes half for the weights."""
    options = ("--plan", "--device", "h100", "--json", "--set", "retrain.accumulate=8", "--set", "search.batch=30000")
    for given, wanted in ((("--set", "retrain.batch=30000"), 30000), (("--set", "retrain.batch=1000000"), 50000)):
        search, retrain = spikegraph("stats", spec, *options, *given).json["phases"]
        assert (search["batch"], retrain["batch"], retrain["steps"]) == (25000, wanted, 10)
    (small,) = spikegraph(
        "stats", spec, *options, "--phase", "retrain", "--set", "retrain.epoch_samples=100", "--set", "retrain.batch=60"
    ).json["phases"]
    (alone,) = spikegraph(
        "stats", spec, *options, "--phase", "retrain", "--set", "retrain.accumulate=2", "--set", "retrain.batch=60"
    ).json["phases"]
    assert (small["batch"], small["step_seconds"]) == (60, alone["step_seconds"])


def test_batches_that_are_added_up(spikegraph, spec):
    options = ("--plan", "--device", "h100", "--phase", "retrain", "--json")
    (one,) = spikegraph("stats", spec, *options).json["phases"]
    (four,) = spikegraph("stats", spec, *options, "--set", "retrain.accumulate=4").json["phases"]
    assert four["bytes"]["most"] == one["bytes"]["most"] + one["bytes"]["gradients"]
    assert 3.9 * one["step_seconds"] < four["step_seconds"] <= 4 * one["step_seconds"]
    assert four["steps"] == 10 * 196


def test_candidates_that_are_trained(spikegraph, spec):
    change = ("--set", "search.method=random(8)")
    search, retrain = spikegraph("stats", spec, "--plan", "--device", "h100", "--json", *change).json["phases"]
    assert search["hours"] == pytest.approx(8 * retrain["hours"])
    assert search["steps"] == 0


def test_a_spec_that_isnt_trained(spikegraph):
    done = spikegraph("stats", "specs/zoo/resnet34.sdhs", "--plan", "--device", "h100")
    assert done.status == 1
    assert "specs/zoo/resnet34.sdhs has no `search` and no `retrain`" in done.err
