"""Values of keys and arguments as Python objects."""

from collections.abc import Mapping

from spikegraph.base.record import record
from spikegraph.dsl.source import Span

Scalar = bool | int | float | str | None


@record
class CallValue:
    """A name with evaluated arguments, such as `dspike(b = 3)` or `sgd(lr = 0.1)`.

    A call from one of the language's vocabularies (optimisers, schedules, augmentations) has every parameter in `named`,
    defaults included, and an empty `positional`. Other calls (surrogates) hold the arguments as they are written.
    """

    name: str
    positional: "tuple[Value, ...]"
    named: "Mapping[str, Value]"
    span: Span


Value = Scalar | CallValue | tuple["Value", ...]
