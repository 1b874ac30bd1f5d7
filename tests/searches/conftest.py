"""Lets the tests of this folder share `spaces`, and the judge of networks of `tests/ir`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1] / "ir"))
