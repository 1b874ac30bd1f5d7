# The picture that this project uses; the package's own types leave its arrays open.
import numpy as np
from numpy.typing import NDArray

def stereo_motorcycle() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]: ...
