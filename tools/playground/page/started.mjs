// A worker that keeps to the page's Content-Security-Policy: one that is started from a blob inherits it, one from a file doesn't.
export function started(name) {
  const address = new URL(name, document.baseURI).href;
  const blob = new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" });
  return new Worker(URL.createObjectURL(blob), { type: "module", name });
}
