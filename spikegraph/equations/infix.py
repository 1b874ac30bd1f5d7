"""Operations that generated languages write alike."""

from collections.abc import Mapping

INFIX: Mapping[str, str] = {
    "+": "{0} + {1}",
    "-": "{0} - {1}",
    "*": "{0} * {1}",
    "/": "{0} / {1}",
    "neg": "-{0}",
    ">": "{0} > {1}",
    ">=": "{0} >= {1}",
    "<": "{0} < {1}",
    "<=": "{0} <= {1}",
    "and": "{0} & {1}",
    "or": "{0} | {1}",
    "not": "~{0}",
    "detach": "{0}",
}
"""By name: how C++ and Triton write an operation, with its operands in braces."""
