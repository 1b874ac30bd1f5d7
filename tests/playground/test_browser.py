"""The playground in Chromium, as a visitor uses it: a mistake and its fix, each region, a link, and what it may not do."""

import http.server
import json
import threading

import pytest

from ..report.chromium import FAINT, SHOWN, WIDER, WIDTHS
from .hostile import HOSTILE

pytestmark = pytest.mark.slow
LIMIT_MS = 300_000  # on a loaded machine
IDLE = "body:not(:has([aria-busy=true]))"
ANSWERED = '#state:text-matches("^Answered in")'


class Visit:
    """A fresh browser at an address, with what it asked for and what it complained about."""

    def __init__(self, browser, address, width=1440, *, dark=False, free=False):
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=free)
        self.page, self.requests, self.messages = self.context.new_page(), [], []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("console", lambda message: self.messages.append(message.text))
        self.context.on("weberror", lambda error: self.messages.append(str(error.error)))
        self.page.goto(address)
        self.spec = self.page.get_by_label("Spec", exact=True)
        self.wait()

    def wait(self):
        """Until all regions have their answer, and the address holds what is shown."""
        self.page.locator(ANSWERED).wait_for(timeout=LIMIT_MS)
        self.page.locator(IDLE).wait_for(timeout=LIMIT_MS)

    def type(self, text):
        self.spec.fill(text)
        self.wait()

    def region(self, name):
        return self.page.get_by_role("region", name=name, exact=True)

    def text(self, name):
        return self.region(name).inner_text()

    def choose(self, label, value):
        self.page.get_by_label(label, exact=True).select_option(value)
        self.wait()

    @property
    def link(self):
        """The address, which follows the text with a delay."""
        before = None
        while before != self.page.url:
            before = self.page.url
            self.page.wait_for_timeout(500)
        return before


@pytest.fixture(scope="module")
def visits(browser, served):
    """Makes visits, each of which loads everything anew."""
    made = []

    def go(link="", **settings):
        made.append(Visit(browser, served[0] + link, **settings))
        return made[-1]

    yield go
    for each in made:
        each.context.close()


@pytest.fixture(scope="module")
def first(visits, served):
    """A visit, and the bytes that it received from a server that compresses nothing."""
    before = sum(served[1])
    return visits(), sum(served[1]) - before


@pytest.fixture
def here(first):
    """A visit that several tests share, at the text that the page begins with."""
    visit, _ = first
    visit.messages.clear()
    visit.choose("Example", "images")
    visit.choose("Show", "network")
    return visit


@pytest.fixture(scope="module")
def free(visits):
    """A visit without the page's policy."""
    return visits(free=True)


def test_a_visit_is_small(first):
    assert 11_000_000 < first[1] < 13_000_000


def test_a_visit(here, visits, served):
    text = here.spec.input_value()
    assert "140,322 parameters" in here.text("Shapes")
    assert "spike[64, 16, 16]" in here.text("Shapes")
    assert "67.24 µJ per time step" in here.text("Energy")
    assert "Model cmos-45nm" in here.text("Energy")
    assert "as an ANN of " in here.text("Energy")
    assert "Spiking; 1 layer encodes the input, 5 take spikes or counts" in here.text("Certificate")
    assert here.region("Picture").get_by_role("img", name="network of images").is_visible()

    # A typed mistake, and its fix, which can be undone.
    here.type(text.replace("decay ", "decaz "))
    assert "unknown key decaz" in here.text("Problems")
    assert here.region("Problems").locator("mark").inner_text() == "decaz"
    assert here.text("Certificate").endswith("Correct the problems first.")
    here.region("Problems").get_by_role("button", name="write decay").click()
    here.wait()
    assert here.spec.input_value() == text
    assert "No problems." in here.text("Problems")
    here.spec.press("Control+z")
    here.wait()
    assert here.spec.input_value() == text.replace("decay ", "decaz ")
    here.type(text.replace("W       = 32", "W       = 16"))
    assert "spike[32, 16, 16]" in here.text("Shapes")

    # A link in a fresh browser.
    here.choose("Show", "block")
    shown = here.region("Picture").locator("svg").inner_html()
    link = here.link
    there = visits(link.removeprefix(served[0]))
    assert there.spec.input_value() == here.spec.input_value()
    assert there.page.get_by_label("Show", exact=True).input_value() == "block"
    assert there.region("Picture").locator("svg").inner_html() == shown
    for each in (here, there):
        assert [url for url in each.requests if not url.startswith((served[0], "blob:", "data:"))] == []
        assert each.messages == []


def test_times_of_edits_are_those_until_everything_is_new(here):
    import timing

    assert {"images", "dsec", "zoo/psmnet"} <= {*timing.examples(here.page)}
    found = timing.edits(here.page, "images", 2)
    assert len(found) == 2
    assert min(found) > 0
    assert here.spec.input_value().endswith("# 1\n")
    assert "140,322 parameters" in here.text("Shapes")


def test_pictures_of_a_searched_network(here):
    here.choose("Example", "stereo")
    seen = {}
    for value, name in (("network", "network of stereo"), ("cell", "cell of stereo"), ("trellis", "trellis of stereo")):
        here.choose("Show", value)
        picture = here.region("Picture").get_by_role("img", name=name)
        picture.wait_for(timeout=LIMIT_MS)
        seen[value] = picture.text_content()
    assert len(set(seen.values())) == 3
    assert "matching_path" in seen["trellis"]
    assert "869,763 parameters" in here.text("Shapes")
    here.choose("Genotype", "")
    assert "choose a genotype" in here.text("Certificate")


def test_a_hostile_link_is_text(here, visits):
    name = "x" + HOSTILE.replace('"', "'")
    text = f'sdhs 1\n# {HOSTILE}\nimport "{name}"\nnetwork n {{\n  input `{HOSTILE}` : real[1, 4, 4]\n}}\n'
    here.type(text)
    there = visits(here.link[here.link.index("#") :])
    for each in (here, there):
        assert each.spec.input_value() == text
        assert "<script>" in each.text("Problems")
        assert each.page.locator("main script, main img:not([role])").count() == 0
        assert each.messages == []


class Other(http.server.BaseHTTPRequestHandler):
    """Another host, which records what it is asked for."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format, *args):
        pass


@pytest.fixture
def other():
    """The address of another host, and what it was asked for."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", server.asked
        server.shutdown()


def test_the_policy_holds_in_the_page_and_its_workers(here, free, other):
    """Nothing can be sent to another host: not by the page, and not by the workers, which inherit its policy."""
    address, asked = other
    tried = "(to) => fetch(to, { mode: 'no-cors' }).then(() => 'sent', (error) => error.name)"
    assert len(here.page.workers) == 2
    for each in (here.page, *here.page.workers):
        assert each.evaluate(tried, address + "refused") == "TypeError"
    assert asked == []
    assert free.page.evaluate(tried, address + "free") == "sent"  # what the policy forbids would have come
    assert asked == ["/free"]


def test_a_compiler_that_could_not_be_loaded_is_started_again(browser, served):
    context = browser.new_context()
    page = context.new_page()
    context.route("**/site.tar.packed", lambda route: route.abort())
    page.goto(served[0])
    problems = page.get_by_role("region", name="Problems")
    problems.get_by_text("it starts again with the next edit").wait_for(timeout=LIMIT_MS)
    context.unroute("**/site.tar.packed")
    page.get_by_label("Spec", exact=True).fill("sdhs 1\n")
    problems.get_by_text("No problems.").wait_for(timeout=LIMIT_MS)
    context.close()


def test_graphviz_that_could_not_be_loaded_is_started_again(browser, served):
    """The link is broken too: the page says so beside its answer, until the text is edited."""
    context = browser.new_context()
    page = context.new_page()
    context.route("**/graphviz.mjs", lambda route: route.abort())
    page.goto(served[0] + "#1=!")
    page.locator(ANSWERED).wait_for(timeout=LIMIT_MS)
    page.locator(IDLE).wait_for(timeout=LIMIT_MS)
    picture = page.get_by_role("region", name="Picture", exact=True)
    assert picture.locator(".content").inner_text() == (
        "Graphviz stopped (it could not be loaded); it starts again with the next edit."
    )
    assert " s. This link can't be read: " in page.locator("#state").inner_text()
    context.unroute("**/graphviz.mjs")
    page.get_by_label("Spec", exact=True).press("End")
    page.get_by_label("Spec", exact=True).type(" ")
    picture.get_by_role("img", name="network of images").wait_for(timeout=LIMIT_MS)
    page.locator(IDLE).wait_for(timeout=LIMIT_MS)
    assert "This link" not in page.locator("#state").inner_text()
    context.close()


def test_a_picture_that_takes_too_long_is_stopped_by_an_edit(browser, served):
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    context.route(
        "**/drawer.mjs", lambda route: route.fulfill(body="postMessage({ ready: true });", content_type="text/javascript")
    )
    page.goto(served[0])
    page.locator(ANSWERED).wait_for(timeout=LIMIT_MS)
    page.clock.fast_forward(31_000)
    picture = page.get_by_role("region", name="Picture", exact=True)
    picture.get_by_text("Graphviz still draws this picture, after 30 s; it is stopped if an edit comes.").wait_for(
        timeout=LIMIT_MS
    )
    context.unroute("**/drawer.mjs")
    page.get_by_label("Spec", exact=True).type(" ")
    picture.get_by_role("img", name="network of images").wait_for(timeout=LIMIT_MS)
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_looks(free, axe, width, dark):
    free.page.set_viewport_size({"width": width, "height": 900})
    free.page.emulate_media(color_scheme="dark" if dark else "light")
    free.choose("Example", "images")
    ground = free.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(18, 22, 28)" if dark else "rgb(255, 255, 255)")
    assert free.region("Picture").locator("svg polygon").first.evaluate("e => getComputedStyle(e).fill") == ground
    for text in (free.spec.input_value(), free.spec.input_value().replace("decay ", "decaz ")):
        free.type(text)
        assert free.page.evaluate("document.documentElement.scrollWidth") <= width
        assert free.page.evaluate(WIDER.replace(".table, .window, pre", ".table, .window, .editor, pre")) == []
        assert free.page.evaluate(SHOWN) == []
        free.page.evaluate(axe)
        found = json.loads(free.page.evaluate("axe.run().then((found) => JSON.stringify(found.violations))"))
        assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []
        marked = FAINT.replace('e.closest("script', 'e.closest("#marks, script')
        assert free.page.evaluate(marked) == []
