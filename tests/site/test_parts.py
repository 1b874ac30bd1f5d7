"""Parts of the site's builder: tables, links and headings."""

import pytest


def test_tables_with_paragraphs_are_lists():
    from documentation.markdown import without_paragraphs

    short = "| a | b |\n| --- | --- |\n| `x` | y |\n"
    long = f"| key | meaning |\n| --- | --- |\n| `x \\| y` | {'word ' * 40}|\n"
    assert without_paragraphs(short) == short
    assert without_paragraphs(long).split("\n: ") == ["\n`x | y`", f"{'word ' * 40}".strip() + "\n\n"]
    fenced = f"```\n{long}```\n"
    assert without_paragraphs(fenced) == fenced


def test_links_are_moved():
    from documentation.links import BuildError, Places

    places = Places({"docs/runs.md": "reference/runs"}, {"docs/language.md#neuron": "declarations/neuron"})
    moved = {
        "[a](runs.md)": "[a](/reference/runs.md)",
        "[a](runs.md#energy)": "[a](/reference/runs.md#energy)",
        "[a](language.md#neuron)": "[a](/declarations/neuron.md)",
        "![a](images/diff.svg)": "![a](/images/diff.svg)",
        "[a](../tools/bench)": "[a](https://github.com/spikegraph/spikegraph/tree/main/tools/bench)",
        "`[a](nothing.md)` [a](https://a.b)": "`[a](nothing.md)` [a](https://a.b)",
        "```\n[a](nothing.md)\n```": "```\n[a](nothing.md)\n```",
    }
    for text, wanted in moved.items():
        assert places.moved(text, "docs/python.md") == wanted
    with pytest.raises(BuildError, match=r"^docs/python\.md: the link `nothing\.md` leads nowhere$"):
        places.moved("[a](nothing.md)", "docs/python.md")


def test_a_page_without_a_place_fails(monkeypatch, tmp_path):
    from documentation import layout
    from documentation.assembly import put_together
    from documentation.links import BuildError

    assert layout.missing() == []
    monkeypatch.setattr(layout, "missing", lambda: ["docs/new.md"])
    with pytest.raises(BuildError, match=r"^no place in tools/site/documentation/layout\.py: docs/new\.md$"):
        put_together(tmp_path)


def test_docstrings_are_lists():
    from documentation.docstrings import as_markdown

    text = "Does it.\n\nArgs:\n    x: A *number*\n        above 0.\n\nReturns:\n    The [C].\n"
    assert [line for line in as_markdown(text).split("\n") if line] == [
        "Does it.",
        "**Arguments**",
        "`x`",
        ": A \\*number\\* above 0.",
        "**Returns**",
        "The \\[C\\].",
    ]


def test_signatures_are_readable():
    from documentation.accessible import repaired

    parameters = '<dl>\n<dd><em class="sig-param">x</em>,</dd>\n</dl>'
    assert repaired(f"<dl><dt>a</dt></dl>{parameters}") == (
        '<dl><dt>a</dt></dl><div class="parameters">\n<div class="parameter"><em class="sig-param">x</em>,</div>\n</div>'
    )


def test_a_click_on_a_picture_opens_it():
    from documentation.accessible import repaired

    link = '<a class="reference {}href="../_downloads/0/a.svg"><img src="a.svg" /></a>'
    assert repaired(link.format('download internal" download="" ')) == link.format('internal" ')


def test_words_of_an_operation_are_code():
    from documentation.operations import page

    from spikegraph.ir.opdef import OPS

    assert "`zero`\n: `right` or `both`. Default: `right`." in page(OPS["cost_volume"])
    assert "`kernel`\n: A whole number" in page(OPS["conv"])


@pytest.mark.slow
def test_a_missing_heading_fails(tmp_path):
    pytest.importorskip("sphinx")
    from documentation.building import html
    from documentation.links import BuildError

    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "index.md").write_text("# A\n\n[b](#c)\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"(?s)Sphinx found mistakes:.*index.md:3: .*'#?c'"):
        html(tmp_path / "sources", tmp_path / "site")


def test_notebooks_are_pages(tmp_path, monkeypatch):
    import json

    from documentation import notebooks

    cells = [
        {"cell_type": "markdown", "source": ["# First\n", "\n", "Text."]},
        {"cell_type": "code", "source": ["%%writefile a/net.sdhs\n", "sdhs 1"], "outputs": []},
        {"cell_type": "code", "source": "1 + 1", "outputs": [
            {"output_type": "execute_result", "data": {"text/plain": ["2"]}},
            {"output_type": "display_data", "data": {"image/svg+xml": ["<svg/>"], "text/plain": "drawing"}},
        ]},
    ]  # fmt: skip
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    (tmp_path / "first.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    [(source, text)] = notebooks.pages(tmp_path / "images")
    assert notebooks.placed() == {source: "tutorials/first"}
    assert text.startswith("# First\n\nText.\n")
    assert "```{code-block} sdhs\n:caption: a/net.sdhs\n\nsdhs 1\n```\n" in text
    assert "```python\n1 + 1\n```\n" in text
    assert "```text\n2\n```\n" in text
    assert "](/images/tutorials/first-2-1.svg)" in text
    assert (tmp_path / "images" / "first-2-1.svg").read_text(encoding="utf-8") == "<svg/>"


def test_an_unknown_system_fails(tmp_path):
    from documentation import gallery
    from documentation.links import BuildError

    with pytest.raises(BuildError, match=r"^the zoo has no vgg99; `specs/zoo` has the names$"):
        gallery.page(tmp_path / "images", ["vgg9", "vgg99"])


def test_the_playground_leads_back_to_the_site():
    from documentation.building import linked
    from documentation.layout import ROOT
    from documentation.links import BuildError

    page = (ROOT / "tools" / "playground" / "page" / "index.html").read_text(encoding="utf-8")
    assert "../" not in page  # which isn't there where it is served alone
    found = linked(page)
    assert found.count('<a href="../index.html">Documentation</a>') == 1
    with pytest.raises(BuildError, match="has no `<!--documentation-->`; build it anew"):
        linked(found)
