"""Which operations come with the package, and what one of a plug-in says of itself."""

from spikegraph.ir.opdef import OPS, Op


def is_built_in(op: Op) -> bool:
    """Whether an operation comes with the package."""
    return OPS.get(op.name) is type(op) and OPS.is_built_in(op.name)


def has_samples(op: type[Op]) -> bool:
    """Whether an operation says how it can be used in random networks."""
    return getattr(op.sample, "__func__", None) is not getattr(Op.sample, "__func__", None)
