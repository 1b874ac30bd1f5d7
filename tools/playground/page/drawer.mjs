// The worker with Graphviz: takes { number, dot, engine }, gives { number, done, svg } or { number, done, failed }.
import { Graphviz } from "./graphviz.mjs";

const why = (error) => String(error?.message ?? error);
let graphviz = null;
const loaded = Graphviz.load().then(
  (found) => ((graphviz = found), self.postMessage({ ready: true })),
  (error) => self.postMessage({ stopped: why(error) }),
);
let wanted = null;

self.onmessage = async (event) => {
  const waits = wanted !== null;
  wanted = event.data;
  if (waits) return;
  await loaded;
  if (!graphviz) return;
  await new Promise((resolve) => setTimeout(resolve, 0)); // of several pictures only the last one is drawn
  const { number, dot, engine } = wanted;
  wanted = null;
  try {
    self.postMessage({ number, done: true, svg: graphviz.layout(dot, "svg", engine) });
  } catch (error) {
    self.postMessage({ number, done: true, failed: why(error) });
  }
};
