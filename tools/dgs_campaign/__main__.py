"""Judges DGS: `python tools/dgs_campaign classification|stereo|layers [--seeds A-B] [-o DIR] [--table]`.

docs/dgs.md says what is compared and how it is judged, as it was written down before the first training. Each training appends
a row to DIR/NAME.jsonl, by default in the repository. An interrupted campaign continues with the trainings that are missing;
`--table` trains nothing and prints the table of the rows.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "search_bench"))  # files of rows

from campaigns import CAMPAIGNS, HERE
from one_training import run_missing
from rows import read_rows
from table import table


def main() -> int:
    """Trains what is missing, seed by seed with all arms, and prints the table."""
    parser = argparse.ArgumentParser(prog="tools/dgs_campaign", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=tuple(CAMPAIGNS))
    parser.add_argument("--seeds", metavar="A-B", help="first and last seed to train now (default: all of the campaign)")
    parser.add_argument("-o", "--out", type=Path, default=HERE / "results", metavar="DIR", help="folder of the rows")
    parser.add_argument("--table", action="store_true", help="print the table of the rows, and train nothing")
    options = parser.parse_args()
    campaign = CAMPAIGNS[options.name]()
    path = options.out / f"{campaign.name}.jsonl"
    if not options.table:
        first, _, last = (options.seeds or f"{campaign.seeds[0]}-{campaign.seeds[-1]}").partition("-")
        seeds = range(int(first), int(last or first) + 1)
        if unknown := [seed for seed in seeds if seed not in campaign.seeds]:
            parser.error(f"seed {unknown[0]} isn't of this campaign, which has {campaign.seeds[0]} to {campaign.seeds[-1]}")
        run_missing(campaign, seeds, path)
    print(table(campaign, read_rows(path)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
