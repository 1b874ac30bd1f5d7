"""HTML and SVG from Python."""

from spikegraph.charts.markup import Html, el, join


def test_texts_are_escaped_and_markup_is_not() -> None:
    assert el("p", "a < b & c", el("br"), class_="x", data_a='"<', hidden=True, id=None) == (
        '<p class="x" data-a="&quot;&lt;" hidden>a &lt; b &amp; c<br></p>'
    )
    assert join("<", None, Html("<i></i>")) == "&lt;<i></i>"
    assert el("a", value=0, other=False, x=1.5) == '<a value="0" x="1.5"></a>'
