"""The site in a browser: its search, how it looks on wide and narrow screens, light and dark, and what axe finds."""

import json
from urllib.parse import quote

import pytest

from ..report.chromium import VARIABLE, WIDTHS, program

pytestmark = pytest.mark.slow

SEARCHED = {
    "cost_volume": "operations/cost_volume.html",
    "izhikevich": "neurons/izhikevich.html",
    "SG0306": "errors/SG0306.html",
    "loihi": "energies/loihi.html",
    "DivergedError": "python/DivergedError.html",
    "vendor": "commands/vendor.html",
    "trellis": "declarations/trellis.html",
    "supernet": "explanation/cells.html",
    "surrogate": "explanation/spikes.html",
    "spiking neuron": "explanation/spikes.html",
    "membrane potential": "explanation/spikes.html",
    "weights & biases": "reference/runs.html",
    "slurm": "how-to/scale.html",
    "unbalanced": "how-to/own-data.html",
    "checkpoint": "reference/runs.html",
}
"""Words, each with a page that is among the first results."""

SEEN = (
    *("index.html", "explanation/spikes.html", "tutorials/my-first-search.html", "operations/conv.html", "python/fit.html"),
    *("how-to/own-data.html", "errors/SG0214.html", "more/gallery.html", "search.html?q=surrogate"),
)
"""Pages of each form."""


@pytest.fixture(scope="module")
def browser():
    """The browser; without one, these tests are skipped."""
    from playwright.sync_api import sync_playwright

    path = program()
    if path is None:
        pytest.skip(f"no Chromium found: install one (Debian: `apt-get install chromium`) or name its program in {VARIABLE}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, served):
    """An empty page that may load from the site alone, and may log no error."""
    context = browser.new_context()
    page = context.new_page()
    others = []
    page.on("request", lambda request: request.url.startswith(served) or others.append(request.url))
    page.on("console", lambda message: message.type == "error" and others.append(message.text))
    yield page
    context.close()
    assert others == []


def test_the_search_finds(page, served):
    for word, place in SEARCHED.items():
        page.goto(f"{served}search.html?q={quote(word)}")
        page.wait_for_selector("#search-results ul.search li a")
        page.wait_for_function("!document.querySelector('#search-progress')?.textContent.includes('...')")
        links = page.eval_on_selector_all("#search-results ul.search > li > a", "all => all.map(a => a.getAttribute('href'))")
        assert place in [link.partition("?")[0].partition("#")[0] for link in links[:8]], (word, links[:8])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_looks(page, served, axe, width, dark):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if dark else "light")
    for place in SEEN:
        page.goto(served + place)
        if "?q=" in place:
            page.wait_for_selector("#search-results .highlighted")
        assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        page.evaluate(axe)
        found = json.loads(page.evaluate("axe.run().then((found) => JSON.stringify(found.violations))"))
        serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
        assert serious == [], place
