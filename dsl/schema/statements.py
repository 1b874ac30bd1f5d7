"""The statements that each kind of block may contain."""

from spikegraph.dsl import ast

ALLOWED: dict[str, tuple[type[ast.Statement], ...]] = {
    **dict.fromkeys(
        ("neuron", "candidates", "cell", "trellis", "dataset", "genotype", "profile", "search", "dgs"), (ast.Entry,)
    ),
    "network": (ast.Entry, ast.Param, ast.Input, ast.Block, ast.Output),
    "block": (ast.Entry, ast.Param, ast.Return),
    "retrain": (ast.Entry, ast.Dgs),
    "model": (ast.Entry, ast.Quantity, ast.Weights, ast.Option, ast.State, ast.Emit, ast.Over),
}
"""By the kind of the declaration or block."""

KINDS = ("model", "neuron", "candidates", "cell", "trellis", "network", "dataset", "genotype", "profile")
"""The kinds of `kind NAME { ... }`."""

ITEM_WORDS = (*KINDS, "block", "path", "search", "retrain", "import")
"""The first words of declarations."""
