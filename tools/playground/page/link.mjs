// The address holds a text and settings: JSON, deflated, in base64 for addresses, behind `#1=`.
const HEAD = "#1=";
const LARGEST = 1024 * 1024; // bytes of a spec, as the language has it, and of a link's settings

const pressed = (bytes, stream) => new Blob([bytes]).stream().pipeThrough(stream);

export async function written(content) {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const deflated = await new Response(pressed(bytes, new CompressionStream("deflate-raw"))).arrayBuffer();
  let text = "";
  for (const byte of new Uint8Array(deflated)) text += String.fromCharCode(byte);
  return HEAD + btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The content of an address; null where it has none. A damaged or too large one is an error.
export async function read(hash) {
  if (!hash.startsWith(HEAD)) return null;
  const text = atob(hash.slice(HEAD.length).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const parts = [];
  let size = 0;
  for await (const part of chunks(pressed(bytes, new DecompressionStream("deflate-raw")))) {
    size += part.length;
    if (size > LARGEST) throw new Error("it holds more than 1 MB");
    parts.push(part);
  }
  const found = JSON.parse(await new Blob(parts).text());
  if (typeof found?.text !== "string" || typeof found.settings !== "object") throw new Error("it holds no spec");
  return { text: found.text, settings: found.settings ?? {} };
}

async function* chunks(stream) {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}
