// A picture of Graphviz as elements of the page. Names and attributes that pictures don't need are left out.
const NAMES = new Set(["svg", "g", "title", "text", "tspan", "path", "polygon", "polyline", "ellipse", "line", "rect", "a"]);
const ATTRIBUTES = new Set([
  "viewBox", "width", "height", "transform", "class", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray",
  "stroke-opacity", "points", "d", "cx", "cy", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "text-anchor", "font-family",
  "font-size", "font-weight", "font-style", "text-decoration", "baseline-shift",
]);

export function drawing(text, name) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const made = copied(root);
  if (made?.localName !== "svg") throw new Error("Graphviz gave no picture");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", name);
  return made;
}

function copied(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE || !NAMES.has(node.localName)) return null;
  const made = document.createElementNS("http://www.w3.org/2000/svg", node.localName);
  for (const { name, value } of node.attributes) if (ATTRIBUTES.has(name)) made.setAttribute(name, value);
  made.append(...[...node.childNodes].map(copied).filter((child) => child !== null));
  return made;
}
