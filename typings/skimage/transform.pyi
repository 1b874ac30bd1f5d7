# The function that this project uses; the package's own types leave its arrays open.
import numpy as np
from numpy.typing import NDArray

def resize(
    image: NDArray[np.float64], output_shape: tuple[int, int], order: int, *, anti_aliasing: bool
) -> NDArray[np.float64]: ...
