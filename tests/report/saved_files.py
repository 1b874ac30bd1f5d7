"""What a run and a chart of the page have as files."""

import csv
import io
import json
from urllib.parse import unquote


def journal(folder, phase, event):
    """The journal's lines of an event."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [e for e in lines if e["phase"] == phase and e["event"] == event]


def saved(figure):
    """The name and the rows of a chart's CSV file."""
    link = next(a for a in figure.all("a") if "download" in a.attributes)
    kind, _, text = link.attributes["href"].partition(",")
    assert kind == "data:text/csv;charset=utf-8"
    return link.attributes["download"], list(csv.reader(io.StringIO(unquote(text))))
