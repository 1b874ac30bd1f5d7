"""Losses: sums of `weight * name(output, options)`."""

from spikegraph.dsl.schema.calls import Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.names import FreeName
from spikegraph.dsl.schema.scalars import Optional, Real

_OF = Key("of", Optional(FreeName()), "none", "the output or wire that is judged; `none` is the only output")

LOSSES = vocabulary(
    Signature(
        "cross_entropy",
        (_OF, Key("label_smoothing", Real(0, 1, open_high=True), "0", "share of the target spread over all classes")),
        "cross entropy of logits and class labels",
    ),
    Signature(
        "subpixel_cross_entropy",
        (_OF, Key("diversity", Real(0, open_low=True), "2", "scale of the Laplace distribution, in pixels")),
        "Eq. 6: cross entropy of the planes' similarity and a Laplace distribution around the true disparity",
    ),
)
