"""Products of matrices, such as those of attention, as long as it isn't known what they are part of."""

from dataclasses import dataclass, field, replace
from typing import Any

from spikegraph.foreign.adapters import Call
from spikegraph.foreign.layout import Layout, Part, whole
from spikegraph.foreign.statements import Value


@dataclass(frozen=True)
class Matrix:
    """A value as matrices, one for each sample, step and head.

    Attributes:
        value: The value.
        heads: The heads, each with its share of the channels.
        tokens_first: Whether the rows are the value's positions and the columns channels of a head; else the other way round.
    """

    value: Value
    heads: int
    tokens_first: bool

    @property
    def columns(self) -> int:
        """The channels of a head."""
        return self.value.channels // self.heads


def matrix(layout: Layout, value: Value) -> Matrix | None:
    """A value as matrices in the last two dimensions of its tensor, [*lead, heads, rows, columns]; None if it isn't one."""
    *lead, rows, columns = layout.dimensions
    inside = next((d for d in (rows, columns) if any(p.axis == "C" for p in d)), ())
    width = inside[0].size if len(inside) == 1 else 1
    heads = layout.channels // width
    channels, tokens = whole("C", width), tuple(p for axis in layout.spatial for p in whole(axis, layout.length(axis)))
    above = (Part("C", heads, width),) if heads > 1 else ()
    outside = [part for d in lead for part in d if part.axis not in ("T", "N")]
    if outside != list(above) or (above and above not in lead):
        return None
    if (rows, columns) == (tokens, channels):
        return Matrix(value, heads, tokens_first=True)
    return Matrix(value, heads, tokens_first=False) if (rows, columns) == (channels, tokens) else None


@dataclass
class Product:
    """A product of two or three matrices and a factor.

    Attributes:
        factors: The matrices, the first one on the left.
        scale: The factor.
        call: The last multiplication.
        lead: The dimensions before rows and columns.
    """

    factors: tuple[Matrix, ...]
    scale: float
    call: Call
    lead: Layout
    _settled: list[Value] = field(default_factory=list[Value])

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the tensor."""
        return tuple(self.call.first.shape)

    def scaled(self, by: float) -> "Product":
        """The same product with another factor."""
        return replace(self, scale=self.scale * by, _settled=[])

    def settled(self) -> Value:
        """The product as a value.

        Raises:
            ForeignError: The language has no such product.
        """
        if not self._settled:
            self._settled.append(self._added())
        return self._settled[0]

    def _added(self) -> Value:
        if len(self.factors) == 3:
            return self._attention()
        first, second = self.factors
        transposed = {(False, False): "none", (True, False): "left", (False, True): "right", (True, True): "both"}
        form = transposed[not first.tokens_first, not second.tokens_first]
        params: dict[str, Any] = {"heads": first.heads} if first.heads > 1 else {}
        params |= {"transpose": form} if form != "none" else {}
        rows = first.value.size if first.tokens_first else (first.columns,)
        columns = second.columns if second.tokens_first else _positions(second.value)
        layout = self._laid(first.heads, columns, rows, tokens_first=True)
        made = self.call.add("product", first.value, second.value, params=params, layout=layout)
        return made if self.scale == 1 else self.call.add("scale", made, params={"by": self.scale}, layout=layout)

    def _attention(self) -> Value:
        q, k, v = self.factors if self.factors[0].tokens_first else reversed(self.factors)
        params: dict[str, Any] = {"heads": q.heads} if q.heads > 1 else {}
        params |= {"scale": self.scale} if self.scale != 0.125 else {}
        layout = self._laid(q.heads, v.columns, q.value.size, tokens_first=q is self.factors[0])
        return self.call.add("attend", q.value, k.value, v.value, params=params, layout=layout)

    def _laid(self, heads: int, columns: int, size: tuple[int, ...], *, tokens_first: bool) -> Layout:
        """Where the numbers of a value with these heads, channels of each and sizes lie."""
        above = (Part("C", heads, columns),) if heads > 1 else ()
        lead = (above if any(p.axis == "C" for p in d) else d for d in self.lead.dimensions)
        tokens = tuple(part for k, n in enumerate(size) for part in whole(str(k), n))
        inside = (tokens, whole("C", columns)) if tokens_first else (whole("C", columns), tokens)
        return Layout((*lead, *inside), heads * columns, size)


def _positions(x: Value) -> int:
    count = 1
    for n in x.size:
        count *= n
    return count
