"""What is shown of a text's errors from an edit to the next check: those of unchanged declarations, where they are now."""

from .texts import opened

TEXT = """\
sdhs 1

neuron a {
}

candidates c {
  skip = identity
}

neuron a {
}

"""


def shown(service, path, text):
    service.open(path, text)
    return [(d.code, d.span.line, [label.span.line for label in d.labels]) for d in service.problems(path)]


def test_labels_stay_with_what_they_are_about(tmp_path):
    service, path = opened(tmp_path, TEXT)
    assert shown(service, path, TEXT) == [("SG0204", 10, [3])]
    between = TEXT.replace("  skip", "  # A line more.\n  skip")
    assert shown(service, path, between) == [("SG0204", 11, [3])]
    above = TEXT.replace("sdhs 1\n", "sdhs 1\n# A line more.\n")
    assert shown(service, path, above) == [("SG0204", 11, [4])]
    changed = TEXT.replace("neuron a {\n", "neuron a {\n  decay = 0.5\n", 1)
    assert shown(service, path, changed) == [("SG0204", 11, [])]
