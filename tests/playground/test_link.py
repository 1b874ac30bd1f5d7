"""The address: a text with settings, deflated, and what can be wrong with it, in Node."""

import base64
import json
import shutil
import subprocess
import zlib

import pytest

from ..packaging.archives import ROOT

LINK = ROOT / "tools" / "playground" / "page" / "link.mjs"
RUN = """
const { read, written } = await import(process.argv[1]);
const found = [];
for (const each of JSON.parse(process.argv[2])) {
  try {
    found.push(each.write ? await written(each.write) : await read(each.read));
  } catch (error) {
    found.push({ error: error.message });
  }
}
console.log(JSON.stringify(found));
"""


def link(content):
    """An address as another program would write it."""
    made = zlib.compressobj(wbits=-15)
    data = made.compress(content) + made.flush()
    return "#1=" + base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.fixture
def answers():
    """What the module says of some questions, in one process."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js isn't installed")

    def ask(*questions):
        command = [node, "--input-type=module", "-e", RUN, LINK.as_uri(), json.dumps(questions)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def test_links(answers):
    content = {"text": "sdhs 1\n# <b>ü</b> \U0001f9e0 ~?/+", "settings": {"picture": "cell", "folder": "zoo"}}
    written, *found = answers(
        {"write": content},
        {"read": link(json.dumps(content).encode())},
        {"read": ""},
        {"read": "#spec"},
        {"read": link(json.dumps({"text": "x" * 2_000_000, "settings": {}}).encode())},
        {"read": link(b'{"settings": {}}')},
        {"read": link(b'{"text": 3, "settings": {}}')},
        {"read": "#1=!!!"},
        {"read": "#1=AAAA"},
        {"read": link(b"no JSON")},
    )
    body = base64.urlsafe_b64decode(written.removeprefix("#1=") + "==")
    assert json.loads(zlib.decompress(body, wbits=-15)) == content
    assert set(written.removeprefix("#1=")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert found[:3] == [content, None, None]
    assert found[3] == {"error": "it holds more than 1 MB"}
    assert found[4] == found[5] == {"error": "it holds no spec"}
    assert all("error" in each for each in found[6:])
