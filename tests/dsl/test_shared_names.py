"""Paths of profiles and `--set` where two things have one name."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import pytest

from spikegraph.dsl.resolve import resolve

BOUND = """sdhs 1
neuron lif { }
dataset d { source = fashion_mnist_small }
network base { param T = 2  param W = 4  input x : real[1, 28, 28]  time = T
  output o = x -> conv(3, out = W) -> lif -> pool -> linear(10) -> mean(time) }
network net like base { }
retrain net(T = 3) on d { epochs = 1  batch = 4  weights = sgd(lr = 0.1)  loss = cross_entropy }
"""


@pytest.mark.parametrize("network", ["base", "net"])
def test_the_default_of_a_param_that_the_run_binds(tmp_path, network):
    path = tmp_path / "net.sdhs"
    path.write_text(BOUND)
    resolved = resolve(path, overrides=["retrain.epochs=2", f"{network}.T=9"])
    assert [(str(d.severity), d.code, d.span.start, d.summary, d.help) for d in resolved.diagnostics] == [
        (
            "warning",
            "SG0704",
            "--set:2:1",
            f"`retrain` binds `T`, so its default in `{network}` has no effect",
            "give `retrain.T`",
        )
    ]
    for right in (f"{network}.W=9", "retrain.T=9"):
        assert not list(resolve(path, overrides=[right]).diagnostics)
    path.write_text(BOUND.replace("net(T = 3)", "net"))
    assert not list(resolve(path, overrides=[f"{network}.T=9"]).diagnostics)


def test_a_path_of_two_declarations_of_one_name_is_refused(tmp_path):
    """A data set has only the keys of its source: those of another don't count."""
    path = tmp_path / "net.sdhs"
    text = "sdhs 1\nnetwork d {\n  input x : real[2, 8, 8]\n  param steps = 4\n  output y = x -> conv(3, out = steps)\n}\n"
    for source, refused in (("n_mnist", True), ("mnist", False)):
        path.write_text(f"{text}dataset d {{ source = {source} }}\n")
        found = resolve(path, overrides=["d.steps=9"])
        told = [(d.code, d.summary, d.help) for d in found.diagnostics]
        summary = "`d.steps` is something else in each of `network d` and `dataset d`"
        assert told == ([("SG0705", summary, "give them different names")] if refused else [])
        assert refused or found.spec.networks["d"].params["steps"].value == 9
    path.write_text(f"{text}dataset e {{ source = n_mnist }}\n")
    assert resolve(path, overrides=["d.steps=9", "e.steps=2"]).spec.datasets["e"].steps == 2


def test_the_help_on_a_bound_param_does_not_name_a_key_of_the_run(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text("""sdhs 1
network net {
  input x : real[1, 28, 28]
  time = 2
  param epochs = 4
  output y = x -> conv(3, out = epochs) -> pool -> linear(10) -> mean(time)
}
dataset mnist { augment = [] }
retrain net(epochs = 5) on mnist {
  epochs = 2  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(y)  stems = relu
}
""")
    (found,) = resolve(path, overrides=["net.epochs=9"]).diagnostics
    help = "write another value where it is bound, or call it otherwise: `retrain.epochs` sets a key"
    assert (found.code, found.help) == ("SG0704", help)
    assert resolve(path, overrides=["retrain.epochs=9"]).spec.retrain.epochs == 9
