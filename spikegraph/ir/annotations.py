"""What the annotations of parameters consist of."""

from functools import cache
from typing import Any, get_args


@cache
def parts_of(annotation: Any) -> tuple[Any, ...]:
    """The types and words that an annotation consists of: `int` and `"all"` of `int | Literal["all"]`."""
    inner = get_args(annotation)
    return (annotation,) if not inner else tuple(part for a in inner for part in parts_of(a))
