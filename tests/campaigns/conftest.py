"""Campaigns are modules of `tools/campaigns`, which import each other by their plain names."""

import sys
from pathlib import Path

TOOLS = str(Path(__file__).parents[2] / "tools" / "campaigns")
if TOOLS not in sys.path:
    sys.path.append(TOOLS)
