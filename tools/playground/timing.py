"""Measures what a visitor of a built playground waits: for the first answer, and for all regions after an edit."""

import argparse
import functools
import http.server
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from spikegraph.base.processor import this_processor

COLD, EDITS = 5, 5
"""Fresh browsers, and edits of each example."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "SPIKEGRAPH_CHROMIUM"

PATIENCE = 300_000
"""Milliseconds after which a page that shows nothing is given up."""

READY = "#example:not([disabled])"
SETTLED = "body:not(:has([aria-busy=true]))"

EDIT = """async (text) => {
  const area = document.getElementById("spec"), since = performance.now();
  const waiting = new Set(["shapes", "energy", "certificate", "picture"]);
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  while (waiting.size) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    for (const id of waiting) if (document.getElementById(id).getAttribute("aria-busy") === "false") waiting.delete(id);
  }
  return (performance.now() - since) / 1000;
}"""
"""Replaces the text, as typing does; seconds until every region but the checks of other phases is new."""

CHOOSE = """(name) => {
  const choice = document.getElementById("example");
  choice.value = name;
  choice.dispatchEvent(new Event("change"));
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder is served."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def opened(browser: Browser, address: str) -> Page:
    """A page that shows its first answer, in a fresh profile."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    page.locator(READY).wait_for(timeout=PATIENCE)
    page.locator(SETTLED).wait_for(timeout=PATIENCE)
    return page


def cold(browser: Browser, address: str) -> float:
    """Seconds from the address to the first answer, with an empty cache."""
    since = time.monotonic()
    page = opened(browser, address)
    found = time.monotonic() - since
    page.context.close()
    return found


def edits(page: Page, example: str, count: int) -> list[float]:
    """Seconds from each of some edits of an example until all regions are new; the first ones of its opening don't count."""
    page.evaluate(CHOOSE, example)
    page.wait_for_timeout(100)
    page.locator(SETTLED).wait_for(timeout=PATIENCE)
    text = page.locator("#spec").input_value()
    found: list[float] = []
    for number in range(count):
        page.wait_for_timeout(500)
        found.append(page.evaluate(EDIT, f"{text}\n# {number}\n"))
        page.locator(SETTLED).wait_for(timeout=PATIENCE)
    return found


def examples(page: Page) -> list[str]:
    """The names of the bundled specs that the page offers."""
    return page.evaluate("[...document.querySelectorAll('#example option')].map((o) => o.value).filter(Boolean)")


def chromium() -> str | None:
    """The path of the system's Chromium; None where there is none."""
    return os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, NAMES)), None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the times as Markdown."""
    parser = argparse.ArgumentParser(
        prog="tools/playground/times",
        description="Measures a playground that tools/playground/build made: the first answer in fresh browsers, and for each "
        "example the time from an edit until shapes, energy, certificate and picture are new.",
    )
    parser.add_argument("folder", type=Path, help="the folder of the page")
    parser.add_argument("examples", nargs="*", help="names of bundled specs, such as dsec and zoo/psmnet; all by default")
    parser.add_argument("--edits", type=int, default=EDITS, help=f"edits of each example, {EDITS} by default")
    parser.add_argument("--cold", type=int, default=COLD, help=f"fresh browsers, {COLD} by default")
    given = parser.parse_args(arguments)
    if not (given.folder / "index.html").is_file():
        parser.error(f"{given.folder} has no index.html: build the page with `tools/playground/build -o {given.folder}`")
    if (program := chromium()) is None:
        parser.error(f"no Chromium found: install one (Debian: `apt-get install chromium`) or name its program in {VARIABLE}")
    with served(given.folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        page = opened(browser, address)
        offered = examples(page)
        if unknown := [name for name in given.examples if name not in offered]:
            parser.error(f"the page has no example {unknown[0]}; it has {', '.join(offered)}")
        first: list[float] = []
        for _ in range(given.cold):
            fresh = playwright.chromium.launch(executable_path=program)
            first.append(cold(fresh, address))
            fresh.close()
        print(f"{this_processor().name}\n\n| example | median of {given.edits} edits | longest |\n|---|---:|---:|", flush=True)
        medians: list[float] = []
        for name in given.examples or offered:
            found = edits(page, name, given.edits)
            medians.append(median(found))
            print(f"| `{name}` | {medians[-1]:.2f} s | {max(found):.2f} s |", flush=True)
        browser.close()
    if len(medians) > 1:
        print(f"\nThe median of {len(medians)} examples is {median(medians):.2f} s, the slowest {max(medians):.2f} s.")
    if first:
        print(f"The first answer took {min(first):.1f} to {max(first):.1f} s.")
    return 0
