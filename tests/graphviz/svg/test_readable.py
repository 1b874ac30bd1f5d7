"""Every kind of picture, light and dark, on a screen and in a paper's column: contrast, legend, labels, size of text."""

import random
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from spikegraph.backends.graphviz.draw_file import draw
from spikegraph.backends.graphviz.render import render
from spikegraph.genotype.agreement import agree
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.diff import diff
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[3] / "specs"

KINDS = ("network", "search", "trellis", "beta", "cell", "space", "alpha", "ops", "expanded", "all", "diff", "agreement")

LOOKS = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.fixture
def drawings(derived, searched, alpha, beta):
    first = of_spec("first", derived.spec)
    cell = {"n0": {"prev2": "c3", "prev": "c3"}, "n1": {"n0": "c3", "prev2": "c5"}}
    second = replace(first, name="second", cells={"small": cell}, paths={"way": (0, 1, 0)})
    return {
        "network": lambda **look: render(derived.outline, lowered=derived.plain, **look),
        "search": lambda **look: render(searched.outline, lowered=searched.plain, **look),
        "trellis": lambda **look: render(derived.space, "trellis", paths=first.paths, **look),
        "beta": lambda **look: render(derived.space, "trellis", paths=first.paths, beta=beta, **look),
        "cell": lambda **look: render(derived.outline, "cell", **look),
        "space": lambda **look: render(searched.space, "cell", **look),
        "alpha": lambda **look: render(searched.space, "cell", genotypes=first.cells, alpha=alpha, **look),
        "ops": lambda **look: render(derived.plain, outline=derived.outline, **look),
        "expanded": lambda **look: render(derived.plain, outline=derived.outline, expand=["features.cells[0]"], **look),
        "all": lambda **look: render(derived.plain, outline=derived.outline, expand=["all"], **look),
        "diff": lambda **look: render(diff(first, second), **look),
        "agreement": lambda **look: render(agree([first, second, first]), **look),
    }


@pytest.fixture(scope="module")
def pictures():
    """The pictures that tests have looked at, by kind and look."""
    return {}


@pytest.fixture
def picture(drawings, read, pictures):
    """A kind of picture, drawn and read once for each look."""

    def of(kind, **look):
        key = (kind, *(name for name, chosen in look.items() if chosen))
        if key not in pictures:
            pictures[key] = read(drawings[kind](**look))
        return pictures[key]

    return of


def overlapping(shown):
    return [(a.text, b.text) for a, b in combinations(shown.texts, 2) if a.over(b)]


@LOOKS
@pytest.mark.parametrize("kind", KINDS)
def test_text_has_contrast(kind, dark, picture):
    shown = picture(kind, dark=dark)
    assert len(shown.texts) > 8, "text is text"
    assert shown.too_faint() == []


@LOOKS
@pytest.mark.parametrize("kind", KINDS)
def test_the_legend_names_every_colour_and_dash_and_nothing_else(kind, dark, picture):
    shown = picture(kind, dark=dark)
    grounds = {style for style in shown.drawn | shown.legend if style.colour == shown.ground.lower()}
    drawn, legend = shown.drawn - grounds, shown.legend - grounds
    assert drawn - legend == set(), "not in the legend"
    assert {s.colour for s in legend} - {s.colour for s in drawn} == set(), "only in the legend"
    assert {s for s in legend if s.dash} - drawn == set(), "a dash only in the legend"


@pytest.mark.parametrize("paper", [False, True], ids=["screen", "paper"])
@pytest.mark.parametrize("kind", KINDS)
def test_labels_dont_overlap(kind, paper, picture):
    assert overlapping(picture(kind, paper=paper)) == []


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("expanded", "all", "search")])
def test_a_column_of_a_paper(kind, picture):
    shown = picture(kind, paper=True)
    assert shown.width == 252
    assert min(t.size for t in shown.texts) >= 6


MAIN = [
    (name, level, chosen)
    for name in ("stereo", "cifar10")
    for level in ("network", "trellis", "cell", "ops")
    for chosen in (True, False)
    if (name, level) != ("cifar10", "trellis")
]


def main(name, level, chosen, **look):
    genotype = SPECS / "genotypes" / f"{name}.sdhs" if chosen else None
    return draw(SPECS / f"{name}.sdhs", level, genotype=genotype, phase=None if chosen else "search", **look)


@pytest.mark.parametrize("paper", [False, True], ids=["screen", "paper"])
@pytest.mark.parametrize(("name", "level", "chosen"), MAIN)
def test_the_main_specs(name, level, chosen, paper, read):
    shown = read(main(name, level, chosen, paper=paper))
    assert overlapping(shown) == []
    if paper:
        assert shown.width == 252
        assert level == "ops" or min(t.size for t in shown.texts) >= 6


def test_a_search_space_of_three_nodes_is_readable_in_a_column(read):
    space = Program.read(SPECS / "stereo.sdhs").build("search").space
    alpha = {name: [[0.1, 0.2, 0.3]] * 9 for name in ("feature", "matching")}
    shown = read(render(space, "cell", alpha=alpha, paper=True))
    assert shown.width == 252
    assert min(t.size for t in shown.texts) >= 5.7


@pytest.mark.parametrize(
    ("name", "expand"),
    [("stereo", ()), ("stereo", ("features@left.cells[0]",)), ("cifar10", ("cells[2]",)), ("stereo", ("all",))],
)
def test_wires_stay_out_of_frames_of_others(name, expand, read):
    genotype = SPECS / "genotypes" / f"{name}.sdhs"
    shown = read(draw(SPECS / f"{name}.sdhs", "ops", genotype=genotype, expand=expand))
    through = [
        (source, target, frame)
        for source, target, points in shown.lines
        for frame, box in shown.frames.items()
        if not any(box.holds(*middle(shown.boxes[end])) for end in (source, target))
        and any(box.holds(*point, margin=1) for point in points)
    ]
    assert through == []


@pytest.mark.parametrize(
    ("name", "level", "expand"),
    [("stereo", "network", ()), ("stereo", "ops", ("features@left.cells[0]",)), ("cifar10", "ops", ("cells[2]",))],
)
def test_wires_stay_clear_of_titles(name, level, expand, read):
    shown = read(main(name, level, True, expand=expand))
    titles = [t for t in shown.texts if t.ground == shown.ground]
    assert [(t.text, line[:2]) for t in titles for line in shown.lines if any(t.holds(*p) for p in line[2])] == []


def middle(box):
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def test_expand_all_shows_equal_layers_once(derived):
    source = render(derived.plain, outline=derived.outline, expand=["all"]).source
    assert '"features@left.stem.conv" [' in source
    assert '"features@right.stem.conv" [' not in source
    assert "same operations as features@left.stem" in source


def test_expand_all_of_a_supernet_stays_usable():
    drawing = draw(SPECS / "stereo.sdhs", "ops", phase="search", expand=["all"])
    assert drawing.source.count("conv 3 × 3") < 200
    assert "as cells[0,0], with inputs of other levels" in drawing.source


def declarations(text):
    """The parts of a spec in braces, and what is before them."""
    lines, blocks, block = [], [], []
    for line in text.splitlines():
        if not block and not line.endswith("{"):
            lines.append(line)
            continue
        block.append(line)
        if line == "}":
            blocks.append("\n".join(block))
            block = []
    return "\n".join(lines), blocks


@pytest.mark.parametrize("level", ["network", "trellis", "cell", "ops"])
def test_the_layout_does_not_depend_on_the_order_of_declarations(level, spec, genotype, tmp_path, read):
    wanted = {positions(draw(spec, level, genotype=genotype), read) for _ in range(2)}
    assert len(wanted) == 1, "two runs"
    pick = random.Random(7)
    (spec_head, spec_blocks), (head, chosen) = (declarations(p.read_text(encoding="utf-8")) for p in (spec, genotype))
    for k in range(10):
        pick.shuffle(spec_blocks)
        terms = ["c3(prev2) + c5(prev)", "c5(prev) + c3(prev2)"][k % 2]
        nodes = [f"  n0 = {terms}", "  n1 = c3(n0) + skip(prev)"]
        pick.shuffle(nodes)
        cell, *rest = chosen
        body = cell.splitlines()
        (tmp_path / "p").mkdir(exist_ok=True)
        (tmp_path / "p" / "pair.sdhs").write_text("\n".join([spec_head, *spec_blocks]) + "\n", encoding="utf-8")
        (tmp_path / "p" / "chosen.sdhs").write_text("\n".join([head, body[0], *nodes, "}", *rest]) + "\n", encoding="utf-8")
        assert {positions(draw(tmp_path / "p" / "pair.sdhs", level, genotype=tmp_path / "p" / "chosen.sdhs"), read)} == wanted


def test_cells_of_a_genotype_file_keep_their_order(genotype, tmp_path, read):
    """Two cells and their terms in any order give one picture."""
    blocks = ["genotype a {{\n  n0 = {}\n}}", "genotype b {{\n  n0 = {}\n}}"]
    found = set()
    for order in (1, -1):
        for terms in ("c3(prev2) + c5(prev)", "c5(prev) + c3(prev2)"):
            path = tmp_path / "cells.sdhs"
            path.write_text("sdhs 1\n" + "\n".join(b.format(terms) for b in blocks[::order]) + "\n", encoding="utf-8")
            found.add(positions(draw(path), read))
    assert len(found) == 1


def positions(drawing, read):
    """Where everything is."""
    shown = read(drawing)
    return tuple(sorted((t.text, t.left, t.top) for t in shown.texts)), tuple(sorted(map(str, shown.lines)))


def test_inputs_and_nodes_are_in_order(read):
    for name, chosen in (("stereo", True), ("stereo", False), ("cifar10", True)):
        shown = read(main(name, "cell", chosen))
        cells = {key.partition("/")[0] for key in shown.boxes}
        for cell in cells:
            tops = [shown.boxes[f"{cell}/{part}"].top for part in ("prev2", "prev", "n0", "n1", "n2")]
            assert tops == sorted(tops) and len(set(tops)) == 5


def test_a_search_space_has_one_edge_per_pair_and_a_bar_that_ends_at_1(searched, alpha, read):
    shown = read(render(searched.space, "cell", alpha=alpha))
    pairs = [(a, b) for a, b, _ in shown.lines if "concat" not in b]
    assert len(pairs) == len(set(pairs)) == 5
    bars = {key.rpartition("/")[0]: box for key, box in shown.boxes.items() if key.endswith("/bar")}
    assert len(bars) == 15
    wholes = [shown.boxes[f"{key}/whole"] for key in bars]
    assert len({round(b.right - b.left, 1) for b in wholes}) == 1
    groups = {}
    for key, bar in bars.items():
        whole = shown.boxes[f"{key}/whole"]
        groups.setdefault(key.rpartition("/")[0], []).append((bar.right - bar.left) / (whole.right - whole.left))
    assert all(sum(shares) == pytest.approx(1, abs=0.03) for shares in groups.values())
    for key in groups:
        chance, whole = shown.boxes[f"{key}/chance"], shown.boxes[next(f"{k}/whole" for k in bars if k.startswith(key))]
        at = ((chance.left + chance.right) / 2 - whole.left) / (whole.right - whole.left)
        assert at == pytest.approx(1 / 3, abs=0.03)


def test_concatenation_edges_are_grey_in_comparisons(drawings):
    for kind in ("diff", "agreement"):
        source = drawings[kind]().source
        ends = [line for line in source.splitlines() if '-> "small//concat"' in line]
        assert len(ends) == 2
        assert all('color="#5F6368"' in line for line in ends)


def test_the_consensus_is_marked_and_width_is_the_share(drawings):
    lines = drawings["agreement"]().source.splitlines()
    labels = {line.split()[0]: line for line in lines if ">c3 3/3<" in line or ">c3 1/3<" in line}
    assert labels
    for line in labels.values():
        assert ('color="#1A1A1A"' in line) == (">c3 3/3<" in line), line
    widths = {line.split("penwidth=")[1].split()[0] for line in lines if "c3: prev2 to n0" in line and "->" in line}
    assert widths == {"5"}


def test_a_forced_move_is_dotted_and_has_no_number(spec, beta):
    path = spec.with_name("finest.sdhs")
    path.write_text(spec.read_text(encoding="utf-8").replace("levels = 3", "levels = 4\n  finest = 1"), encoding="utf-8")
    space = draw(path, "trellis").source
    assert 'tooltip="layer 0: level 0 to 1"' in space
    forced = next(line for line in space.splitlines() if "layer 0: level 0 to 1" in line)
    assert "style=dotted" in forced
    assert "the only possible move" in space


def test_levels_that_no_path_reaches_are_left_out():
    source = main("stereo", "trellis", True).source
    assert ">level 3<" in source
    assert source.count(">level 3<") == 1, "feature_path has two layers, so it ends at level 2"
    assert [f">1/{k}<" in source for k in (3, 6, 12, 24)] == [True] * 4
