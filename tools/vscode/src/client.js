// The language server: which program it is, and what is said if it can't be started.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** The program and its arguments, by the settings. */
function program() {
  const settings = vscode.workspace.getConfiguration("spikegraph");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const command = path.normalize(settings.get("path", "spikegraph").replaceAll("${workspaceFolder}", folder));
  return { command, args: settings.get("arguments", ["lsp"]) };
}

/** Whether a program is there: at its path, or for a bare name in a folder of the PATH. */
function isThere(/** @type {string} */ command) {
  const bare = path.basename(command) === command;
  const folders = bare ? (process.env.PATH ?? "").split(path.delimiter).filter(Boolean) : [""];
  const endings = process.platform === "win32" ? ["", ".exe", ".cmd", ".bat"] : [""];
  return folders.some((folder) => endings.some((ending) => fs.existsSync(path.join(folder, command + ending))));
}

/** Starts the server; undefined if it isn't there, which is shown with a way to the setting, or fails, which the client shows. */
async function startClient(/** @type {vscode.LogOutputChannel} */ output) {
  const { command, args } = program();
  if (!isThere(command)) {
    void explain(command);
    return undefined;
  }
  const client = new LanguageClient(
    "spikegraph",
    "spikegraph",
    { command, args }, // a transport would be told to the program as an option
    {
      documentSelector: [
        { scheme: "file", language: "sdhs" },
        { scheme: "untitled", language: "sdhs" },
      ],
      outputChannel: output,
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.sdhs") },
      initializationFailedHandler: () => false,
    },
  );
  try {
    await client.start();
    return client;
  } catch (error) {
    output.error(`${command} ${args.join(" ")}: ${error}`);
    return undefined;
  }
}

async function explain(/** @type {string} */ command) {
  const text = `There is no program \`${command}\`. Install spikegraph with its extra \`lsp\`, or set where the program is.`;
  const answer = await vscode.window.showErrorMessage(text, "Open Settings");
  if (answer !== undefined) await vscode.commands.executeCommand("workbench.action.openSettings", "spikegraph.path");
}

module.exports = { startClient };
