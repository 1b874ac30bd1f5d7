"""Lets the tests of this folder share `tiny_run`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
