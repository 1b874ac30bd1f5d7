"""Attacks on the project, with counts: `python tools/campaigns NAME [--count N] [--first N] [--jobs N] [--record]`.

A campaign runs cases, each from its own seed, and writes one line per case to `build/campaigns/NAME.jsonl`. It can be
interrupted: started again, it runs the cases that are missing at the revision that is checked out. `--record` writes the
counts to `docs/trust/NAME.json`, and the table of all records into `docs/trust.md`, which `python tools/campaigns table`
prints.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cases import CAMPAIGNS, campaign
from log import Log, revision_of
from records import record, table, update

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Runs a campaign; returns 1 if a case failed."""
    parser = argparse.ArgumentParser(prog="tools/campaigns", description="Attacks on the project, with counts.")
    parser.add_argument("name", choices=[*CAMPAIGNS, "table"], help="the campaign, or `table`")
    parser.add_argument("--count", type=int, default=100, help="number of cases (default 100)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first case (default 0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--record", action="store_true", help="write the counts to docs/trust, and the table")
    options = parser.parse_args()
    records = ROOT / "docs" / "trust"
    page = ROOT / "docs" / "trust.md"
    if options.name == "table" and options.record:
        update(page, records)
        return 0
    if options.name == "table":
        print(table(records), end="")
        return 0
    log = Log(ROOT / "build" / "campaigns" / f"{options.name}.jsonl", revision_of(ROOT))
    seeds = range(options.first, options.first + options.count)
    log.run(campaign(options.name), seeds, options.jobs)
    outcomes = log.outcomes(seeds)
    failed = {seed: found for seed, found in outcomes.items() if not found.passed}
    for seed, found in failed.items():
        print(f"seed {seed}: {found.kind}: {found.detail}")
    print(f"{options.name}: {len(outcomes)} cases, {len(failed)} failed")
    if options.record:
        record(records / f"{options.name}.json", options.name, outcomes.values(), log.revision)
        update(page, records)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
