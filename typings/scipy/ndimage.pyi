# The filters that this project uses; scipy has no types of its own.
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic[Any])

def gaussian_filter(input: NDArray[Number], sigma: tuple[float, ...]) -> NDArray[Number]: ...
def maximum_filter(input: NDArray[Number], size: tuple[int, ...]) -> NDArray[Number]: ...
def uniform_filter(input: NDArray[Number], size: int, *, mode: str) -> NDArray[Number]: ...
