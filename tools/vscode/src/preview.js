// The preview: a page beside the text with the picture at the cursor.
"use strict";

const crypto = require("node:crypto");
const vscode = require("vscode");

const { ColorThemeKind } = vscode;

class Preview {
  constructor(/** @type {vscode.ExtensionContext} */ context, /** @type {() => any} */ client) {
    this.context = context;
    this.client = client;
    this.level = "";
    /** @type {vscode.WebviewPanel | undefined} */
    this.panel = undefined;
    /** @type {vscode.TextEditor | undefined} */
    this.editor = undefined;
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection(() => this.follow()),
      vscode.window.onDidChangeActiveTextEditor(() => this.follow()),
      vscode.window.onDidChangeActiveColorTheme(() => this.follow()),
      vscode.window.registerWebviewPanelSerializer("spikegraph.preview", {
        deserializeWebviewPanel: async (panel, state) => this.fill(panel, state?.level),
      }),
    ];
  }

  dispose() {
    clearTimeout(this.timer);
    this.asked?.cancel();
    this.subscriptions.forEach((each) => each.dispose());
    this.panel?.dispose();
  }

  /** Opens the page beside the text, or shows the one that is open. */
  show() {
    if (this.panel !== undefined) {
      this.panel.reveal(undefined, true);
    } else {
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.fill(vscode.window.createWebviewPanel("spikegraph.preview", "Picture", place, { enableScripts: true }));
    }
    this.follow(0);
  }

  /** Shows the picture of a declaration whose lens was clicked. */
  async showAt(/** @type {string} */ address, /** @type {{line: number, character: number}} */ position) {
    const at = new vscode.Position(position.line, position.character);
    await vscode.window.showTextDocument(vscode.Uri.parse(address), { selection: new vscode.Range(at, at) });
    this.show();
  }

  fill(/** @type {vscode.WebviewPanel} */ panel, level = "") {
    const folder = vscode.Uri.joinPath(this.context.extensionUri, "media");
    this.panel = panel;
    this.level = level;
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
    panel.webview.onDidReceiveMessage((message) => {
      if (typeof message?.level === "string") this.level = message.level;
      this.shown = undefined; // the page is new, or has another level
      this.follow(0);
    });
    panel.onDidDispose(() => {
      this.panel = this.shown = undefined;
    });
    panel.webview.html = page(panel.webview, folder);
  }

  /** Asks for the picture when the cursor has rested. */
  follow(delay = vscode.workspace.getConfiguration("spikegraph").get("preview.delay", 250)) {
    const active = vscode.window.activeTextEditor;
    if (active?.document.languageId === "sdhs") this.editor = active;
    if (this.panel === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), delay);
  }

  async update() {
    this.asked?.cancel();
    const asked = (this.asked = new vscode.CancellationTokenSource());
    const busy = setTimeout(() => void this.panel?.webview.postMessage({ busy: true }), 300);
    const answer = await this.ask(asked.token);
    clearTimeout(busy);
    if (this.asked !== asked || this.panel === undefined || answer === undefined) return;
    const text = JSON.stringify(answer);
    if (text === this.shown) {
      await this.panel.webview.postMessage({ busy: false });
      return;
    }
    this.shown = text;
    this.panel.title = `Picture: ${answer.title}`;
    await this.panel.webview.postMessage({ ...answer, chosen: this.level });
  }

  /** The server's answer, or a reason for people; undefined if another question has come meanwhile. */
  async ask(/** @type {vscode.CancellationToken} */ token) {
    const client = this.client();
    if (client === undefined || this.editor === undefined) {
      const reason = client === undefined ? "the language server isn't running" : "no .sdhs file is open";
      return { title: "none", svg: null, reason, current: false, marks: [] };
    }
    const { document, selection } = this.editor;
    const dark = [ColorThemeKind.Dark, ColorThemeKind.HighContrast].includes(vscode.window.activeColorTheme.kind);
    const textDocument = { uri: client.code2ProtocolConverter.asUri(document.uri) };
    const position = { line: selection.active.line, character: selection.active.character };
    const level = this.level === "" ? {} : { level: this.level };
    try {
      return await client.sendRequest("spikegraph/preview", { textDocument, position, dark, ...level }, token);
    } catch (error) {
      return token.isCancellationRequested
        ? undefined
        : { title: "none", svg: null, reason: String(error), current: false, marks: [] };
    }
  }
}

/** The page: no code or style but the extension's own, nothing from elsewhere. */
function page(/** @type {vscode.Webview} */ webview, /** @type {vscode.Uri} */ folder) {
  const nonce = crypto.randomBytes(16).toString("hex");
  const address = (/** @type {string} */ name) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name));
  const levels = ["network", "cell", "trellis", "ops"].map((level) => `<option>${level}</option>`).join("");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Picture</title>
<link rel="stylesheet" href="${address("page.css")}">
</head>
<body>
<header>
<h1 id="title">Picture</h1>
<label>Level <select id="level"><option value="">at the cursor</option>${levels}</select></label>
<button id="out" title="Zoom out" aria-label="Zoom out">−</button>
<button id="fit" title="Fit the width">Fit</button>
<button id="in" title="Zoom in" aria-label="Zoom in">+</button>
</header>
<p id="reason" role="status" hidden></p>
<main id="picture"></main>
<script nonce="${nonce}" src="${address("page.js")}"></script>
</body>
</html>`;
}

module.exports = { Preview };
