"""The page of the preview in a browser: what it gets can't act; marks and reasons are shown; the editor hears of the level."""

import re
from pathlib import Path

import pytest

from ..report.chromium import program

pytest.importorskip("playwright")
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parents[2] / "tools" / "vscode"
SVG = """<?xml version="1.0"?>
<svg width="90pt" height="40pt" viewBox="0 0 90 40" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
<g id="graph0" class="graph"><title>net</title><polygon fill="#ffffff" points="0,0 90,0 90,40 0,40"/>
<g id="node1" class="node"><title>a</title><g id="a_node1"><a xlink:title="a: spike[4]" xlink:href="javascript:told.push(1)">
<path d="M9,9H40V30H9Z" fill="#eee" stroke="#000" onclick="told.push(2)"/><text x="12" y="20">a &lt;b&gt;</text></a></g></g>
</g><script>told.push(3)</script><style>p { display: none }</style><image href="http://localhost/x.png"/></svg>"""
STUB = """
window.told = [];
window.sent = [];
window.acquireVsCodeApi = () => ({ getState: () => undefined, setState: () => {}, postMessage: (each) => sent.push(each) });
"""


@pytest.fixture
def page(tmp_path):
    """The page as the extension writes it, with the editor's functions as lists."""
    if program() is None:
        pytest.skip("there is no Chromium")
    source = (FOLDER / "src" / "preview.js").read_text(encoding="utf-8")
    [text] = re.findall(r"return `(<!DOCTYPE.*?)`;", source, re.DOTALL)
    text = text.replace("${levels}", "<option>cell</option>").replace("${webview.cspSource}", "file:").replace("${nonce}", "n")
    file = tmp_path / "page.html"
    file.write_text(
        re.sub(r'\$\{address\("([\w.]+)"\)\}', lambda m: (FOLDER / "media" / m[1]).as_uri(), text), encoding="utf-8"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        made = browser.new_page()
        made.add_init_script(STUB)
        made.goto(file.as_uri())
        yield made
        browser.close()


def send(page, **message):
    page.evaluate("(message) => window.dispatchEvent(new MessageEvent('message', { data: message }))", message)


def test_pictures_are_shown_without_what_acts(page):
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    assert page.evaluate("sent") == [{"level": ""}]
    answer = {"title": "network", "svg": SVG, "current": True, "reason": None, "marks": ["node1"], "chosen": ""}
    send(page, **answer)
    shown = page.locator("#picture svg")
    assert shown.locator("script, style, image, [onclick]").count() == 0
    assert "href" not in shown.evaluate("(svg) => svg.outerHTML.replaceAll('xmlns:xlink', '')")
    assert (page.locator("#title").inner_text(), shown.locator("text").text_content()) == ("network", "a <b>")
    assert shown.locator(".node title").all_text_contents() == ["a: spike[4]"]
    assert shown.locator(".marked").get_attribute("id") == "node1"
    shown.locator("path").click()

    send(page, busy=True)
    assert page.locator("#picture").get_attribute("aria-busy") == "true"
    send(page, **answer | {"current": False, "reason": "net.sdhs, line 3: <img src=x>", "marks": []})
    assert page.locator("#reason").inner_text() == "The picture is of an earlier text. net.sdhs, line 3: <img src=x>"
    assert page.locator("#picture").get_attribute("aria-busy") == "false"
    assert (page.locator("#picture.old svg").count(), page.locator(".marked").count(), page.locator("#reason *").count()) == (
        1,
        0,
        0,
    )

    page.locator("#in").click()
    assert float(shown.get_attribute("width")) == pytest.approx(90 * 96 / 72 * 1.25)
    page.locator("#level").select_option("cell")
    assert page.evaluate("sent.at(-1)") == {"level": "cell"}
    send(page, **answer | {"title": "cell x", "svg": None, "current": False, "reason": "no cell is called `x`", "marks": []})
    assert (shown.count(), page.locator("#reason").inner_text()) == (0, "no cell is called `x`")
    send(page, **answer)
    assert (shown.count(), page.locator("#picture.old").count()) == (1, 0)
    assert (page.evaluate("told"), requests) == ([], [])
