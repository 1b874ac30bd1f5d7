"""The page in a browser: nothing complains, nothing is cut or overlaps, and diagrams zoom."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "SPIKEGRAPH_CHROMIUM"
WIDTHS = (390, 1440)
PAGES = [("seed0",), ("images",), ("seed0", "seed1"), ("searching",), ("begun", "images", "retraining", "seed1")]

SHOWN = """(() => {
  const wrong = [];
  for (const figure of document.querySelectorAll("figure, img, svg")) {
    if (figure.closest("details:not([open])") && !figure.matches("details > summary")) continue;
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
  return box.right > innerWidth + 1 && !e.closest(".table, .window, pre, .skip");
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
  for (const e of document.querySelectorAll("p, h1, h2, h3, h4, td, th, dd, dt, li, a, button, summary, figcaption, pre i")) {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) wrong.push(e.outerHTML.slice(0, 90));
  }
  return wrong;
})()"""

FOCUSED = "document.activeElement.className + '|' + document.activeElement.textContent.slice(0, 14)"

HOLD = """(() => {
  const box = document.querySelectorAll(".diagram")[2];
  box.scrollIntoView({ block: "start", behavior: "instant" });
})()"""
STATE = """(() => {
  const box = document.querySelectorAll(".diagram .window")[2], drawing = box.querySelector("svg");
  const at = box.getBoundingClientRect();
  return { width: drawing.getBoundingClientRect().width, left: box.scrollLeft, top: box.scrollTop, height: at.height,
    x: at.left + at.width / 2, y: Math.min(at.top + at.height / 2, innerHeight - 20), page: scrollY };
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


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = program()
    if path is None:
        pytest.skip(f"no Chromium found: install one (Debian: `apt-get install chromium`) or name its program in {VARIABLE}")
    # Crash reports and caches go to a temporary folder too.
    folder = str(tmp_path_factory.mktemp("browser"))
    environment: dict[str, str | float | bool] = {**os.environ, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, env=environment)
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    yield Tab(browser)
    for context in browser.contexts:
        context.close()


def test_the_browser_that_is_named_is_there():
    """If the variable names a browser, these tests must not be skipped."""
    named = os.environ.get(VARIABLE)
    assert named is None or os.access(named, os.X_OK)
    assert program() == named or named is None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("names", PAGES, ids="-".join)
def test_no_page_logs_errors_or_is_cut_off(tab, page, names, width):
    shown = tab.open(page(*names), width)
    assert shown.evaluate("document.readyState") == "complete"
    assert tab.messages == []
    assert [u for u in tab.requests if not u.startswith("data:")] == [page(*names).resolve().as_uri()]
    assert shown.locator("section").count() == 10
    assert shown.locator("svg[role=img]").count() > 5
    assert shown.evaluate(SHOWN) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate(WIDER) == []
    assert shown.evaluate(CUT) == []
    assert shown.evaluate(OVERLAPS) == []
    # Also with every table open.
    shown.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate(WIDER) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_texts_have_contrast(tab, page, dark):
    for names in (("seed0", "seed1"), ("images",), ("searching",)):
        shown = tab.open(page(*names), 1440, dark=dark)
        ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(18, 22, 28)" if dark else "rgb(255, 255, 255)")
        assert shown.evaluate(FAINT) == []
        # A diagram's background is that of the page.
        assert shown.evaluate("getComputedStyle(document.querySelector('.window polygon')).fill") == ground


@pytest.mark.parametrize("width", WIDTHS)
def test_diagrams_zoom(tab, page, width):
    shown = tab.open(page("seed0"), width)
    shown.evaluate(HOLD)
    start = shown.evaluate(STATE)

    def press(what):
        shown.locator(".diagram").nth(2).locator(f"[data-zoom={what}]").click()
        return shown.evaluate(STATE)

    assert press("in")["width"] == pytest.approx(1.25 * start["width"], rel=0.01)
    assert press("out")["width"] == pytest.approx(start["width"], rel=0.01)
    natural = shown.evaluate("parseFloat(document.querySelectorAll('.window svg')[2].style.getPropertyValue('--natural'))")
    assert press("one")["width"] == pytest.approx(natural, rel=0.01)
    for _ in range(4):
        press("in")
    large = shown.evaluate(STATE)
    assert large["height"] == pytest.approx(start["height"], abs=1)
    assert large["left"] > 0
    assert press("fit")["width"] == pytest.approx(start["width"], rel=0.01)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_keys_zoom_the_focused_diagram(tab, page, width):
    shown = tab.open(page("seed0"), width)
    shown.evaluate(HOLD)
    start = shown.evaluate(STATE)
    shown.evaluate("document.querySelectorAll('.window')[2].focus({ preventScroll: true })")
    for _ in range(3):
        shown.keyboard.press("+")
    assert shown.evaluate(STATE)["width"] == pytest.approx(1.25**3 * start["width"], rel=0.01)
    shown.keyboard.press("-")
    assert shown.evaluate(STATE)["width"] == pytest.approx(1.25**2 * start["width"], rel=0.01)
    shown.keyboard.press("0")
    assert shown.evaluate(STATE)["width"] == pytest.approx(start["width"], rel=0.01)


def test_everything_is_reached_with_the_tab_key(tab, page):
    shown = tab.open(page("seed0"), 1440)
    reached = []
    for _ in range(40):
        shown.keyboard.press("Tab")
        reached.append(
            shown.evaluate("document.activeElement.className + '|' + document.activeElement.textContent.slice(0, 14)")
        )
    assert reached[0] == "skip|Skip to conten"
    assert "|Summary" in reached
    assert "|All metrics" in reached
    assert {"|−", "|+", "|Fit", "|1:1"} <= set(reached)
    assert any(r.startswith("window|") for r in reached)


def test_the_wheel_zooms_with_ctrl_or_focus(tab, page):
    shown = tab.open(page("seed0"), 1440)
    shown.evaluate(HOLD)
    start = shown.evaluate(STATE)
    shown.mouse.move(start["x"], start["y"])
    shown.keyboard.down("Control")
    shown.mouse.wheel(0, -60)
    shown.keyboard.up("Control")
    shown.wait_for_function(f"({STATE}).width > {1.2 * start['width']}")
    assert shown.evaluate(STATE)["page"] == start["page"]
    shown.mouse.click(start["x"], start["y"])
    shown.mouse.wheel(0, 60)
    shown.wait_for_function(f"({STATE}).width < {1.02 * start['width']}")
    assert shown.evaluate(STATE)["width"] == pytest.approx(start["width"], rel=0.02)


def test_the_mouse_moves_a_large_diagram(tab, page):
    shown = tab.open(page("seed0"), 1440)
    shown.evaluate(HOLD)
    for _ in range(5):
        shown.locator(".diagram").nth(2).locator("[data-zoom=in]").click()
    before = shown.evaluate(STATE)
    shown.mouse.move(before["x"], before["y"])
    shown.mouse.down()
    shown.mouse.move(before["x"] - 70, before["y"] - 30)
    shown.mouse.up()
    after = shown.evaluate(STATE)
    assert after["left"] - before["left"] == pytest.approx(70, abs=1)
    assert after["top"] - before["top"] == pytest.approx(30, abs=1)


def test_the_command_is_copied_or_selected(tab, page):
    shown = tab.open(page("seed0"), 1440)
    button = shown.locator("[data-copy]").first
    button.click()
    shown.wait_for_function("['Copied', 'Selected'].includes(document.querySelector('[data-copy]').textContent)")
    if button.text_content() == "Selected":
        assert "spikegraph compile" in shown.evaluate("String(getSelection())")
    assert tab.messages == []


def test_it_prints(tab, page):
    shown = tab.open(page("seed0"), 1440, dark=True)
    assert shown.pdf(print_background=True).startswith(b"%PDF")
    shown.emulate_media(media="print", color_scheme="dark")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.evaluate("getComputedStyle(document.querySelector('.window polygon')).fill") == "rgb(255, 255, 255)"
    assert shown.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"


def test_the_page_is_complete_without_a_script(tab, page, tmp_path):
    text = page("seed0").read_text(encoding="utf-8")
    start, end = text.index("<script>"), text.index("</script>")
    plain = tmp_path / "plain.html"
    plain.write_text(text[:start] + text[end:], encoding="utf-8")
    shown = tab.open(plain, 390)
    assert shown.evaluate(SHOWN) == []
    assert shown.evaluate("getComputedStyle(document.querySelector('.tools')).display") == "none"
