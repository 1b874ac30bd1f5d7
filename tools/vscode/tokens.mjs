// Prints the tokens of files by the engine that VS Code has, as JSON: `node tokens.mjs GRAMMAR FILE ...`, run where the modules are.
// A line for each file: [characters before it, text, scope] of each part that has a scope.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const textmate = require("vscode-textmate");
const oniguruma = require("vscode-oniguruma");

const [grammarFile, ...files] = process.argv.slice(2);
await oniguruma.loadWASM(fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(grammarFile, "utf8"), grammarFile),
});
const grammar = await registry.loadGrammar("source.sdhs");

for (const file of files) {
  const found = [];
  let start = 0;
  let stack = textmate.INITIAL;
  for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    for (const { startIndex, endIndex, scopes } of tokens) {
      const text = line.slice(startIndex, endIndex);
      if (scopes.length > 1) found.push([start + startIndex, text, scopes.at(-1)]);
    }
    start += line.length + 1;
    stack = ruleStack;
  }
  console.log(JSON.stringify(found));
}
