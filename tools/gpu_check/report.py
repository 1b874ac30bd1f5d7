"""The file that a check of a GPU leaves: which card, which tests passed, what everything took."""

import json
import platform
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from gpu_check.times import LIMIT, Row

ROOT = Path(__file__).parents[2]
PACKAGES = ("torch", "triton", "spikingjelly", "snntorch", "norse")


def tested() -> str:
    """The last line of the tests whose names have `triton`, all of them."""
    command = [sys.executable, "-m", "pytest", "-q", "--long", "-k", "triton", "tests/triton", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else f"pytest ended with {done.returncode}"


def versions() -> dict[str, str]:
    """Of the device and of packages."""
    found = {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or platform.machine()
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def markdown(known: dict[str, str], tests: str, bandwidth: float, rows: list[Row]) -> str:
    """The check in Markdown."""
    lines = [f"# {known['device']}", "", ", ".join(f"{name} {number}" for name, number in known.items() if name != "device")]
    lines += ["", f"Tests of kernels: {tests}", "", f"Copy bandwidth: {bandwidth / 1e9:.0f} GB/s", ""]
    for row in rows:
        lines += [
            f"## {row.title}",
            "",
            "| | ms | of the least | of the limit |",
            "|---|---:|---:|---:|",
            f"| the least | {1e3 * row.least:.3f} | 1 | |",
            f"| the limit | {1e3 * row.limit:.3f} | {LIMIT} | 1 |",
        ]
        lines += [
            f"| {who} | {1e3 * took:.3f} | {took / row.least:.2f} | {took / row.limit:.2f} |"
            for who, took in row.seconds.items()
        ]
        lines += [f"| {who} | {why} | | |" for who, why in row.failed.items()]
        lines.append("")
    return "\n".join(lines)


def write(folder: Path, known: dict[str, str], tests: str, bandwidth: float, rows: list[Row]) -> None:
    """Writes `gpu-check.md` and `gpu-check.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gpu-check.md").write_text(markdown(known, tests, bandwidth, rows), encoding="utf-8")
    found = {
        "versions": known,
        "tests": tests,
        "bandwidth": bandwidth,
        "rows": [{**asdict(row), "limit": row.limit} for row in rows],
    }
    (folder / "gpu-check.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
