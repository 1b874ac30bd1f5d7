"""Stored predictions of maps: pictures in the colours of their legend."""

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image
from reader import section

from spikegraph.backends.report.tiles import ends_of, truth_picture

ORANGE, SKY, PURPLE, WHITE = (230, 159, 0), (86, 180, 233), (204, 121, 167), (255, 255, 255)
"""The first colours of Okabe and Ito, in which labels are drawn."""


def shown(part):
    """The pictures of a section by their alternative text, as colours [H, W, 3]."""
    return {image.attributes["alt"]: pixels(image.attributes["src"]) for image in part.all("img")}


def pixels(address):
    return np.array(Image.open(BytesIO(b64decode(address.partition(",")[2]))).convert("RGB"))


def legend(part):
    """The meanings of colours."""
    (line,) = (p for p in part.all("p") if "scales" in p.classes)
    found = {}
    for entry in line.all("span", class_="scale"):
        found[entry.text.strip()] = tuple(map(int, re.findall(r"\d+", entry.one("span").attributes["style"])))
    return found


def test_label_maps_have_the_colours_of_their_legend(tree):
    part = section(tree("labels"), "examples")
    assert [h.text for h in part.all("h3")] == ["square 0", "square 1"]
    assert [f.one("figcaption").text for f in part.all("figure")] == ["input", "true labels", "predicted labels"] * 2
    assert legend(part) == {"ground": ORANGE, "square": SKY, "edge": PURPLE, "no class": WHITE}
    found = shown(part)
    truth, predicted = found["true labels, square 1"], found["predicted labels, square 1"]
    assert truth.shape == predicted.shape == (32, 40, 3)
    places = {(0, 5): (WHITE, PURPLE), (8, 11): (SKY, ORANGE), (15, 19): (SKY, SKY), (15, 20): (ORANGE, SKY)}
    assert {at: (tuple(truth[at]), tuple(predicted[at])) for at in places} == places
    assert tuple(found["input, square 1"][8, 11]) == (200, 200, 200)
    assert all("sharp" in image.classes for image in part.all("img"))  # small pictures


def test_numbers_keep_their_sign_and_channels():
    """From minus the largest to the largest number; two channels are beside each other."""
    truth = np.array([[[-3.0, 0.0, 3.0]], [[3.0, np.nan, -3.0]]])
    ends = ends_of([truth], "numbers")
    assert ends == (-3.0, 3.0)
    (row,) = truth_picture(truth, "numbers", ends)
    dark, middle, bright = row[:3].astype(int)
    assert dark.sum() < middle.sum() < bright.sum()
    assert row.tolist() == [*row[:3].tolist(), bright.tolist(), [255] * 3, dark.tolist()]
    assert ends_of([np.abs(truth)], "numbers") == (0.0, 3.0)


def test_flows_are_drawn_by_direction_and_length(tree):
    part = section(tree("flow"), "examples")
    wheel = legend(part)
    assert list(wheel) == ["to the right", "down", "to the left", "up"]
    found = shown(part)
    truth, predicted = found["true flow, square 0"], found["predicted flow, square 0"]
    assert tuple(predicted[8, 12]) == wheel["to the left"]  # 5 px, the longest of the truths
    assert tuple(truth[8, 12]) not in (*wheel.values(), WHITE)  # 3 px to the right and 4 px up
    assert tuple(truth[20, 20]) == tuple(predicted[20, 20]) == tuple(truth[0, 0]) == WHITE  # no motion, and unknown
    up, right = (np.array(wheel[name], float) for name in ("up", "to the right"))
    between = truth[8, 12].astype(float)
    assert np.linalg.norm(between - up) < np.linalg.norm(up - right) > np.linalg.norm(between - right)
