"""A compiler for spiking architectures.

```python
spec = spikegraph.load("specs/stereo.sdhs")
model = spikegraph.compile(spec, phase="retrain", genotype="specs/genotypes/stereo.sdhs")
disparity = model(left, right)  # [T, N, C, H, W] in and out
```
"""

from spikegraph.api import compile, load

__version__ = "0.1.0"

__all__ = ["__version__", "compile", "load"]
