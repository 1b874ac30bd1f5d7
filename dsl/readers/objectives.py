"""Whether a search can have two objectives."""

from spikegraph.base.nearest import listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.methods import METHODS


def may_have_front(search: spec.Search, objective: ast.Expr, retrain: ast.Run | None, scope: Scope) -> bool:
    """Whether the method can search for what the search says, and the retraining measures it; adds an error if not."""
    price = search.price
    if price is None:
        return True
    method = METHODS[search.method.name]
    if method.front is None:
        others = listed([f"{name}(n)" for name, other in METHODS.items() if other.front is not None])
        help = f"use {others}"
        if method.supernet and (term := _term(price)) is not None:
            help += f", or write the price into the search's `loss`, such as `+ 0.1 * {term}`"
        summary = f"the search method `{method.name}` can't search for two objectives"
        scope.diagnostics.error("SG0216", search.method.span, summary, help=help)
        return False
    if retrain is not None and not _validates(retrain):
        summary = "two objectives need `validate` in `retrain`, by which both are measured"
        help = "write `validate = 0.1`, or `validate = data` if the data set has its own part"
        scope.diagnostics.error("SG0206", objective.span, summary, help=help)
        return False
    return True


def _validates(run: ast.Run) -> bool:
    entries = {e.key.id: e.value for e in run.body if isinstance(e, ast.Entry) and isinstance(e.key, ast.Name)}
    held = entries.get("validate")
    return held is not None and not (isinstance(held, ast.Name) and held.id == "none")


def _term(price: spec.CallValue) -> str | None:
    """The term of a loss that is a price; None if there is none, as what isn't computed from spikes has no gradient."""
    if price.name == "energy":
        return f'energy("{price.named["model"]}")'
    return "spikes(all)" if price.name == "spikes" else None
