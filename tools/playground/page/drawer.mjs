// The worker with Graphviz: takes { number, dot, engine }, gives { number, svg } or { number, failed }.
import { Graphviz } from "./graphviz.mjs";

const graphviz = Graphviz.load();
let wanted = null;

self.onmessage = async (event) => {
  const waits = wanted !== null;
  wanted = event.data;
  if (waits) return;
  const drawn = await graphviz;
  await new Promise((resolve) => setTimeout(resolve, 0)); // of several pictures only the last one is drawn
  const { number, dot, engine } = wanted;
  wanted = null;
  try {
    self.postMessage({ number, svg: drawn.layout(dot, "svg", engine) });
  } catch (error) {
    self.postMessage({ number, failed: String(error?.message ?? error) });
  }
};
