// The extension: a client of `spikegraph lsp`, and the preview.
"use strict";

const vscode = require("vscode");
const { startClient } = require("./client");
const { Preview } = require("./preview");
const { showUses } = require("./lenses");

/** @type {import("vscode-languageclient/node").LanguageClient | undefined} */
let client;

/** The latest start or stop of the server; each waits for the one before it, so that there is one server. */
let latest = Promise.resolve();

function inTurn(/** @type {() => Promise<void>} */ step) {
  latest = latest.then(step, step);
  return latest;
}

async function activate(/** @type {vscode.ExtensionContext} */ context) {
  const output = vscode.window.createOutputChannel("spikegraph", { log: true });
  const preview = new Preview(context, () => client);

  const restart = () =>
    inTurn(async () => {
      await stop();
      client = await startClient(output);
      client?.onNotification("$/spikegraph/checked", () => preview.follow());
      preview.follow();
    });
  context.subscriptions.push(
    output,
    preview,
    vscode.commands.registerCommand("spikegraph.restart", restart),
    vscode.commands.registerCommand("spikegraph.preview", () => preview.show()),
    vscode.commands.registerCommand("spikegraph.show.picture", (uri, position) => preview.showAt(uri, position)),
    vscode.commands.registerCommand("spikegraph.show.uses", (uri, position) => showUses(client, uri, position)),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      const restarts = ["spikegraph.path", "spikegraph.arguments"].some((name) => change.affectsConfiguration(name));
      return restarts ? restart() : undefined;
    }),
  );
  await restart();
}

async function stop() {
  const stopped = client;
  client = undefined;
  await stopped?.stop().catch(() => undefined); // one that has failed to start can't be stopped
}

module.exports = { activate, deactivate: () => inTurn(stop) };
