"""The code of the VS Code extension: it keeps one language server."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "tools" / "vscode"

RESTARTS = """
const Module = require("node:module");
const running = new Set();
let most = 0, restart;
class LanguageClient {
  async start() { await new Promise((done) => setTimeout(done, 20)); running.add(this); most = Math.max(most, running.size); }
  async stop() { running.delete(this); }
  onNotification() {}
}
const nothing = { dispose() {} };
const anything = () => new Proxy(() => nothing, { get: (_, name) => (name === "then" ? undefined : anything()) });
const vscode = {
  window: anything(),
  workspace: new Proxy({ getConfiguration: () => ({ get: (name, otherwise) => (name === "path" ? "node" : otherwise) }) },
    { get: (own, name) => own[name] ?? (name === "workspaceFolders" ? undefined : () => nothing) }),
  commands: { registerCommand: (name, run) => { if (name === "spikegraph.restart") restart = run; return nothing; } },
  ColorThemeKind: {},
};
const load = Module._load;
Module._load = (name, ...rest) =>
  name === "vscode" ? vscode : name === "vscode-languageclient/node" ? { LanguageClient } : load(name, ...rest);
const { activate, deactivate } = require(process.argv[1]);
(async () => {
  const started = activate({ subscriptions: [], extensionUri: "" });
  await Promise.all([restart(), restart(), started]);
  const before = running.size;
  await Promise.all([restart(), deactivate()]);
  console.log(JSON.stringify({ before, most, after: running.size }));
})();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
def test_restarts_at_once_leave_one_server():
    words = ["node", "-e", RESTARTS, str(FOLDER / "src" / "extension.js")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == {"before": 1, "most": 1, "after": 0}
