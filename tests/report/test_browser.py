"""The page in a browser: nothing complains, nothing is cut or overlaps, and diagrams zoom."""

import os

import pytest
from browser import MISSING, VARIABLE, Browser, program

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


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    path = program()
    if path is None:
        pytest.skip(MISSING)
    found = Browser(path, tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


def test_the_browser_that_is_named_is_there():
    """Where the variable says that there is a browser, these tests must not be skipped."""
    named = os.environ.get(VARIABLE)
    assert named is None or os.access(named, os.X_OK)
    assert program() == named or named is None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("names", PAGES, ids="-".join)
def test_nothing_complains_and_nothing_is_cut(browser, page, names, width):
    browser.open(page(*names), width, 900)
    assert browser.run("document.readyState") == "complete"
    assert browser.complaints() == []
    assert [u for u in browser.requests() if not u.startswith("data:")] == [page(*names).resolve().as_uri()]
    assert browser.run("document.querySelectorAll('section').length") == 10
    assert browser.run("document.querySelectorAll('svg[role=img]').length") > 5
    assert browser.run(SHOWN) == []
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(WIDER) == []
    assert browser.run(CUT) == []
    assert browser.run(OVERLAPS) == []
    # Also with every table open.
    browser.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(WIDER) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_texts_stand_out(browser, page, dark):
    for names in (("seed0", "seed1"), ("images",), ("searching",)):
        browser.open(page(*names), 1440, 900, dark=dark)
        ground = browser.run("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(18, 22, 28)" if dark else "rgb(255, 255, 255)")
        assert browser.run(FAINT) == []
        # A diagram's ground is that of the page.
        assert browser.run("getComputedStyle(document.querySelector('.window polygon')).fill") == ground


@pytest.mark.parametrize("width", WIDTHS)
def test_diagrams_zoom(browser, page, width):
    browser.open(page("seed0"), width, 900)
    browser.run(HOLD)
    start = browser.run(STATE)

    def press(what):
        browser.run(f"document.querySelectorAll('.diagram')[2].querySelector('[data-zoom={what}]').click()")
        return browser.run(STATE)

    assert press("in")["width"] == pytest.approx(1.25 * start["width"], rel=0.01)
    assert press("out")["width"] == pytest.approx(start["width"], rel=0.01)
    natural = browser.run("parseFloat(document.querySelectorAll('.window svg')[2].style.getPropertyValue('--natural'))")
    assert press("one")["width"] == pytest.approx(natural, rel=0.01)
    for _ in range(4):
        press("in")
    large = browser.run(STATE)
    assert large["height"] == pytest.approx(start["height"], abs=1)
    assert large["left"] > 0
    assert press("fit")["width"] == pytest.approx(start["width"], rel=0.01)
    assert browser.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_keys_zoom_what_has_the_focus(browser, page, width):
    browser.open(page("seed0"), width, 900)
    browser.run(HOLD)
    start = browser.run(STATE)
    browser.run("document.querySelectorAll('.window')[2].focus({ preventScroll: true })")
    for _ in range(3):
        browser.key("+")
    assert browser.run(STATE)["width"] == pytest.approx(1.25**3 * start["width"], rel=0.01)
    browser.key("-")
    assert browser.run(STATE)["width"] == pytest.approx(1.25**2 * start["width"], rel=0.01)
    browser.key("0")
    assert browser.run(STATE)["width"] == pytest.approx(start["width"], rel=0.01)


def test_everything_is_reached_by_the_tabulator(browser, page):
    browser.open(page("seed0"), 1440, 900)
    reached = []
    for _ in range(40):
        browser.key("Tab", "Tab", 9)
        reached.append(browser.run("document.activeElement.className + '|' + document.activeElement.textContent.slice(0, 14)"))
    assert reached[0] == "skip|To the content"
    assert "|Summary" in reached
    assert "|All metrics" in reached
    assert {"|−", "|+", "|Fit", "|1:1"} <= set(reached)
    assert any(r.startswith("window|") for r in reached)


def test_the_wheel_zooms_where_it_is_asked_to(browser, page):
    browser.open(page("seed0"), 1440, 900)
    browser.run(HOLD)
    start = browser.run(STATE)
    spot = {"x": start["x"], "y": start["y"]}
    control = 2
    browser.mouse("mouseWheel", **spot, deltaX=0, deltaY=-60, modifiers=control)
    zoomed = browser.run(STATE)
    assert zoomed["width"] > 1.2 * start["width"]
    assert zoomed["page"] == start["page"]
    browser.click(start["x"], start["y"])
    browser.mouse("mouseWheel", **spot, deltaX=0, deltaY=60)
    assert browser.run(STATE)["width"] == pytest.approx(start["width"], rel=0.02)


def test_the_mouse_moves_a_large_diagram(browser, page):
    browser.open(page("seed0"), 1440, 900)
    browser.run(HOLD)
    browser.run("for (let k = 0; k < 5; k++) document.querySelectorAll('.diagram')[2].querySelector('[data-zoom=in]').click()")
    before = browser.run(STATE)
    browser.mouse("mousePressed", before["x"], before["y"], button="left", clickCount=1)
    browser.mouse("mouseMoved", before["x"] - 70, before["y"] - 30, button="left", buttons=1)
    browser.mouse("mouseReleased", before["x"] - 70, before["y"] - 30, button="left", clickCount=1)
    after = browser.run(STATE)
    assert after["left"] - before["left"] == pytest.approx(70, abs=1)
    assert after["top"] - before["top"] == pytest.approx(30, abs=1)


def test_the_command_is_copied_or_marked(browser, page):
    browser.open(page("seed0"), 1440, 900)
    browser.run("document.querySelector('[data-copy]').click()")
    said = "new Promise((done) => setTimeout(() => done(document.querySelector('[data-copy]').textContent), 300))"
    text = browser.run(said)
    assert text in ("Copied", "Selected")
    if text == "Selected":
        assert "spikegraph compile" in browser.run("String(getSelection())")
    assert browser.complaints() == []


def test_it_prints(browser, page):
    browser.open(page("seed0"), 1440, 900, dark=True)
    assert browser.paper().startswith(b"%PDF")
    browser.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("getComputedStyle(document.querySelector('.window polygon')).fill") == "rgb(255, 255, 255)"
    assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"


def test_without_a_script_everything_is_there(browser, page, tmp_path):
    text = page("seed0").read_text(encoding="utf-8")
    start, end = text.index("<script>"), text.index("</script>")
    plain = tmp_path / "plain.html"
    plain.write_text(text[:start] + text[end:], encoding="utf-8")
    browser.open(plain, 390, 900)
    assert browser.run(SHOWN) == []
    assert browser.run("getComputedStyle(document.querySelector('.tools')).display") == "none"
