"""Random networks of what `plain_judge` knows, for a comparison of the certificate with it."""

from spikegraph.generate import Wanted, random_spec, seeded

TAME = ("conv", "norm", "pool", "mean", "add", "mul", "reduce", "spread", "split", "sub", "scale")
"""The operations of every other network, most of whose values are spikes, so that it is refused for one reason if for any."""
FUNCTIONS = ("relu", "sigmoid", "tanh", "erf", "exp", "div", "learned")
ALL = (*TAME, *FUNCTIONS, "iand", "linear", "dropout", "upsample", "concat", "vote", "identity")


def known(op):
    """Whether the judge knows an operation with these parameters."""
    return op.padding == "centred" if op.name == "conv" else op.name != "scale" or op.by != 0


def network(seed):
    """The text of a random network without shared weights, whose padded convolutions keep the size at stride 1."""
    wanted = Wanted(
        operations=ALL if seed % 2 else TAME,
        operation=known,
        models=("lif", "if", "alif", "cuba"),
        axes=(2,),
        blocks=0,
        choices=0,
        cells=0,
        trellises=0,
    )
    return random_spec(seeded(f"certified {seed}"), wanted).text
