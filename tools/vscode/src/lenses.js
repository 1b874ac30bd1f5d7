// What a click on a lens above a declaration shows.
"use strict";

const vscode = require("vscode");

/** Shows where the name at a position is used. */
async function showUses(client, /** @type {string} */ address, /** @type {{line: number, character: number}} */ position) {
  if (client === undefined) return;
  const context = { includeDeclaration: false };
  const found = await client.sendRequest("textDocument/references", { textDocument: { uri: address }, position, context });
  const [uri, at] = [vscode.Uri.parse(address), new vscode.Position(position.line, position.character)];
  const places = (found ?? []).map(client.protocol2CodeConverter.asLocation);
  await vscode.commands.executeCommand("editor.action.showReferences", uri, at, places);
}

module.exports = { showUses };
