"""The system's Chromium, and scripts that check a page in it."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "SPIKEGRAPH_CHROMIUM"
WIDTHS = (390, 1440)

SHOWN = """(() => {
  const wrong = [];
  for (const figure of document.querySelectorAll("figure, img, svg")) {
    if (figure.closest("details:not([open])") && !figure.matches("details > summary")) continue;
    if (figure.matches(".log")) continue;  // shown by a switch
    const box = figure.getBoundingClientRect();
    if (box.width < 8 || box.height < 8) wrong.push(figure.outerHTML.slice(0, 90));
    if (figure.matches("img") && !(figure.complete && figure.naturalWidth > 0)) wrong.push("not loaded: " + figure.alt);
  }
  return wrong;
})()"""

CUT = """(() => {
  const wrong = [];
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const outer = svg.getBoundingClientRect();
    if (!outer.width) continue;
    for (const text of svg.querySelectorAll("text")) {
      const inner = text.getBoundingClientRect();
      if (inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1
          || inner.bottom > outer.bottom + 1) wrong.push(`${svg.getAttribute("aria-label").slice(0, 40)}: ${text.textContent}`);
    }
  }
  return wrong;
})()"""

OVERLAPS = """(() => {
  const wrong = [];
  for (const svg of document.querySelectorAll(".chart svg[role=img]")) {
    const texts = [...svg.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()]);
    texts.forEach(([a, p], k) => texts.slice(k + 1).forEach(([b, q]) => {
      const across = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      // Boxes have room above and below their letters.
      if (across > 0.5 && down > Math.min(p.height, q.height) / 2) wrong.push(`${a} | ${b}`);
    }));
  }
  return wrong;
})()"""

WIDER = """[...document.querySelectorAll("body *")].filter((e) => {
  const box = e.getBoundingClientRect();
  return box.right > innerWidth + 1 && !e.closest(".table, .window, pre, .skip, nav");
}).map((e) => e.outerHTML.slice(0, 90))"""

FAINT = """(() => {
  const light = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const ground = (e) => {
    const c = getComputedStyle(e).backgroundColor;
    return c !== "rgba(0, 0, 0, 0)" ? c : ground(e.parentElement);
  };
  const wrong = [];
  // Every element with a text of its own. Diagrams have colours and tests of their own; those of shades are tested by number.
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim())) continue;
    if (e.closest("script, style, title, .window svg") || e.closest("svg g")?.querySelector(".cell")) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(e.closest("svg") ? style.fill : style.color), light(ground(e))];
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) wrong.push(e.outerHTML.slice(0, 90));
  }
  return wrong;
})()"""


class Tab:
    """A browser tab that records console messages, errors and requests since a page was opened."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.messages: list[str] = []
        self.requests: list[str] = []

    def open(self, file: Path, width: int, *, dark: bool = False) -> Page:
        """Opens a file in a new context of this width, and waits until it is loaded."""
        scheme = "dark" if dark else "light"
        page = self._browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
        self.messages, self.requests = [], []
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(file.resolve().as_uri())
        return page


def program() -> str | None:
    """The path of the system's Chromium."""
    return os.environ.get(VARIABLE) or next((found for name in NAMES if (found := shutil.which(name))), None)
