"""The page in a browser: nothing complains, nothing is cut or overlaps, and diagrams zoom."""

import os
from itertools import product

import pytest
from chromium import CUT, FAINT, OVERLAPS, SHOWN, VARIABLE, WIDER, WIDTHS, program

PAGES = [
    ("seed0",),
    ("images",),
    ("labels", "flow"),
    ("seed0", "seed1"),
    ("searching",),
    ("begun", "images", "retraining", "seed1"),
]

CASES = [
    pytest.param(names, width, id=f"{'-'.join(names)}-{width}", marks=[pytest.mark.long] * (width != WIDTHS[0] and k % 2))
    for k, names in enumerate(PAGES)
    for width in WIDTHS
]
"""Each page on a phone, where most is cut off, and every second one, of one run and of several, on a wide screen."""

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


def test_the_browser_that_is_named_is_there():
    """If the variable names a browser, these tests must not be skipped."""
    named = os.environ.get(VARIABLE)
    assert named is None or os.access(named, os.X_OK)
    assert program() == named or named is None


@pytest.mark.parametrize(("names", "width"), CASES)
def test_no_page_logs_errors_or_is_cut_off(tab, page, names, width):
    shown = tab.open(page(*names), width)
    assert shown.evaluate("document.readyState") == "complete"
    assert tab.messages == []
    assert [u for u in tab.requests if not u.startswith("data:")] == [page(*names).resolve().as_uri()]
    assert shown.locator("section").count() == (12 if len(names) == 1 else 13)
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


@pytest.mark.parametrize("names", [("seed0", "seed1"), ("images",), ("searching",)], ids="-".join)
def test_texts_have_contrast(tab, page, names):
    shown = tab.open(page(*names), WIDTHS[0])
    for width, dark in product(WIDTHS, (False, True)):
        shown.set_viewport_size({"width": width, "height": 900})
        shown.emulate_media(color_scheme="dark" if dark else "light")
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
    for _ in range(6):
        press("in")
    large = shown.evaluate(STATE)
    assert large["height"] == pytest.approx(start["height"], abs=1)
    assert large["left"] > 0
    assert press("fit")["width"] == pytest.approx(
        min(natural, shown.locator(".window").nth(2).bounding_box()["width"] - 2), rel=0.01
    )
    # On a narrow screen, a diagram is first shown larger than the screen, so that its texts can be read.
    assert start["width"] >= (0.85 * natural if width == 390 else 0) - 1
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
    if width == 1440:
        assert shown.evaluate(STATE)["width"] == pytest.approx(start["width"], rel=0.01)
    else:
        assert shown.evaluate(STATE)["width"] == pytest.approx(
            shown.locator(".window").nth(2).bounding_box()["width"] - 2, rel=0.01
        )


def test_everything_is_reached_with_the_tab_key(tab, page):
    shown = tab.open(page("seed0"), 1440)
    reached = []
    for _ in range(120):
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
    for _ in range(7):
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
