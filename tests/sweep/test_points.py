"""The points of a sweep: seeds and values as they are written, and the names of the folders."""

import pickle

import pytest

from spikegraph.dsl.spellings import meaning_of
from spikegraph.sweep.points import Axis, Point, axis_of, points, seeds_of


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("0-4", (0, 1, 2, 3, 4)), ("7", (7,)), ("0,3,7", (0, 3, 7)), ("0-2, 9", (0, 1, 2, 9)), ("4294967295", (2**32 - 1,))],
)
def test_seeds(text, seeds):
    assert seeds_of(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`` isn't a list of seeds; write a range or numbers, such as 0-4 or 0,3,7"),
        ("a-b", "`a-b` isn't a list of seeds; write a range or numbers, such as 0-4 or 0,3,7"),
        ("0,,1", "`0,,1` isn't a list of seeds; write a range or numbers, such as 0-4 or 0,3,7"),
        ("4-0", "`4-0` isn't a range of seeds from 0 to 4294967295"),
        ("4294967296", "`4294967296` isn't a range of seeds from 0 to 4294967295"),
        ("0-4,3", "`0-4,3` names the seed 3 twice"),
        ("0-100000", "`0-100000` are 100,001 seeds; a sweep has at most 100,000 runs"),
    ],
)
def test_what_are_no_seeds(text, message):
    with pytest.raises(ValueError, match="seed") as raised:
        seeds_of(text)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("search.weights.lr=0.01, 0.025", Axis("search.weights.lr", ("0.01", "0.025"))),
        (
            "retrain.weights = sgd(lr = 0.1, momentum = 0.9),adam(0.1)",
            Axis("retrain.weights", ("sgd(lr = 0.1, momentum = 0.9)", "adam(0.1)")),
        ),
        ("a.b=[1, 2],[3]", Axis("a.b", ("[1, 2]", "[3]"))),
        ('a.b="x,y","z"', Axis("a.b", ('"x,y"', '"z"'))),
        ("a.b=1", Axis("a.b", ("1",))),
        ("a.b=sgd(0.1),sgd(0.2)", Axis("a.b", ("sgd(0.1)", "sgd(0.2)"))),
        ("a.b=[1],1,-1,10ms,10s", Axis("a.b", ("[1]", "1", "-1", "10ms", "10s"))),
        ("a.b=9007199254740993,9007199254740992", Axis("a.b", ("9007199254740993", "9007199254740992"))),
    ],
)
def test_values(text, axis):
    assert axis_of(text, meaning_of) == axis


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b", "`a.b` isn't PATH=A,B, such as `search.weights.lr=0.01,0.025`"),
        ("=1,2", "`=1,2` isn't PATH=A,B, such as `search.weights.lr=0.01,0.025`"),
        ("a=1,,2", "`a=1,,2` isn't PATH=A,B, such as `search.weights.lr=0.01,0.025`"),
        ("a=1,2,1", "`a=1,2,1` has the value `1` twice"),
        ("a=1,2e3,1.0", "`a=1,2e3,1.0` has the value `1` twice, as `1.0` too"),
        ("a=[1],[1.0]", "`a=[1],[1.0]` has the value `[1]` twice, as `[1.0]` too"),
        ("a=10ms,0.01s", "`a=10ms,0.01s` has the value `10ms` twice, as `0.01s` too"),
        ("a=sgd(lr = 1),sgd(lr=1)", "`a=sgd(lr = 1),sgd(lr=1)` has the value `sgd(lr = 1)` twice, as `sgd(lr=1)` too"),
        ("a=-2,1/2,-2.0", "`a=-2,1/2,-2.0` has the value `-2` twice, as `-2.0` too"),
    ],
)
def test_what_are_no_values(text, message):
    with pytest.raises(ValueError, match="a") as raised:
        axis_of(text, meaning_of)
    assert str(raised.value) == message


def names(*arguments):
    return [point.name for point in points(*arguments)]


def test_every_combination_has_a_name():
    assert names((0, 3)) == ["seed-0", "seed-3"]
    assert points((4,)) == (Point("seed-4", 4),)
    lr, epochs = Axis("search.weights.lr", ("0.01", "0.025")), Axis("search.epochs", ("3", "5"))
    assert points((7,), [lr]) == (
        Point("lr=0.01", 7, ("search.weights.lr=0.01",)),
        Point("lr=0.025", 7, ("search.weights.lr=0.025",)),
    )
    assert names((0, 1), [lr, epochs]) == [
        f"lr={a},epochs={b},seed-{s}" for a in ("0.01", "0.025") for b in (3, 5) for s in (0, 1)
    ]


def test_names_tell_paths_apart():
    both = [Axis("search.weights.lr", ("1", "2")), Axis("retrain.weights.lr", ("3", "4"))]
    assert names((0,), both)[0] == "search.weights.lr=1,retrain.weights.lr=3"
    assert names((0,), [Axis("search.epochs", ("1", "2")), Axis("retrain.epochs", ("3", "4"))])[0] == (
        "search.epochs=1,retrain.epochs=3"
    )


def test_names_are_safe_and_unique():
    found = names((0,), [Axis("a.w", ("sgd(lr = 0.1)", "sgd(lr == 0.1)", "../../etc", '"\x1b[2J"', "/", "-1"))])
    assert found == ["w=sgd_lr_0.1", "w=sgd_lr_0.1-2", "w=.._.._etc", "w=2J", "w=_", "w=-1"]
    long = names((0,), [Axis("a.w", (f"{'x' * 300}1", f"{'x' * 300}2"))])
    assert [len(name) for name in long] == [100, 102]


def test_a_wrong_path_has_a_name_all_the_same():
    """What is wrong with it is told when the points are checked."""
    assert [point.name for axis in ("-x", "+", "a.-b") for point in points((0,), [Axis(axis, ("-1",))])] == [
        "x=-1",
        "_=-1",
        "b=-1",
    ]


def test_limits():
    with pytest.raises(ValueError, match="these are 1,000,000 runs; a sweep has at most 100,000"):
        points(range(1000), [Axis("a", tuple(map(str, range(1000))))])
    with pytest.raises(ValueError, match="`a` is given twice; write all its values in one: a=A,B"):
        points((0,), [Axis("a", ("1", "2")), Axis("a", ("3", "4"))])


def test_a_point_can_be_sent_to_another_process():
    (point, *_) = points((3,), [Axis("a.b", ("1", "2"))])
    assert pickle.loads(pickle.dumps(point)) == point
