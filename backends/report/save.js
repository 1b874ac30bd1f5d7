
// Saves the drawing of a chart as an SVG file that needs no style sheet: in light colours, with title and legend.
const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "paint-order", "opacity", "font-size", "font-weight", "font-family"];
const SPACE = 12, LINE = 20, CHARACTER = 7.5;

function element(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// A copy of a drawing at a place, with the styles of each element as attributes, without what is hidden.
function styled(drawing, x, y) {
  const copy = drawing.cloneNode(true), box = drawing.viewBox.baseVal;
  const from = [drawing, ...drawing.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((original, k) => {
    const style = getComputedStyle(original);
    if (style.display === "none" && !original.matches("title")) return to[k].remove();
    for (const { name } of [...to[k].attributes]) if (/^(class|role|data-|aria-)/.test(name)) to[k].removeAttribute(name);
    if (to[k].matches("path, line, polyline, polygon, rect, circle, text")) {
      for (const name of STYLES) to[k].setAttribute(name, style.getPropertyValue(name));
    }
  });
  for (const [key, value] of Object.entries({ x, y, width: box.width, height: box.height })) copy.setAttribute(key, value);
  return copy;
}

// A text in lines of at most this width.
function lines(text, width) {
  const found = [];
  for (const word of text.split(" ")) {
    const longer = found.length ? `${found[found.length - 1]} ${word}` : word;
    if (found.length && longer.length * CHARACTER <= width) found[found.length - 1] = longer;
    else found.push(word);
  }
  return found;
}

function legendOf(figure) {
  const legend = figure.querySelector(".legend") ?? figure.closest(".shared")?.querySelector(".legend");
  const shown = [...(legend?.children ?? [])].filter((entry) => getComputedStyle(entry).display !== "none");
  return shown.map((entry) => ({ sample: entry.firstElementChild, label: entry.textContent }));
}

function file(figure) {
  const drawings = [...figure.querySelectorAll("svg[role=img]")].filter((d) => d.getClientRects().length);
  const boxes = drawings.map((d) => d.viewBox.baseVal);
  const width = Math.max(240, boxes.reduce((sum, box) => sum + box.width + SPACE, SPACE));
  const style = getComputedStyle(document.body), font = style.fontFamily;
  const text = (words, x, y, weight) => element("text", { x, y, fill: style.color, "font-size": 13, "font-weight": weight, "font-family": font }, words);
  const parts = [];
  let x = SPACE, y = SPACE - 4;
  for (const [part, weight] of [["figcaption strong, h3", "bold"], ["figcaption .note", "normal"]]) {
    const found = figure.querySelector(part);
    for (const line of found ? lines(found.textContent, width - 2 * SPACE) : []) parts.push(text(line, x, (y += LINE), weight));
  }
  drawings.forEach((drawing, k) => { parts.push(styled(drawing, x, y + 6)); x += boxes[k].width + SPACE; });
  y += 6 + Math.max(...boxes.map((box) => box.height));
  for (const { sample, label } of legendOf(figure)) {
    y += LINE;
    if (sample.matches("svg")) parts.push(styled(sample, SPACE, y - 9));
    else parts.push(element("rect", { x: SPACE, y: y - 11, width: 13, height: 13, fill: getComputedStyle(sample).backgroundColor }));
    parts.push(text(label, SPACE + 34, y, "normal"));
  }
  const height = y + SPACE;
  const description = element("desc", {}, drawings.map((d) => d.getAttribute("aria-label")).join("\n"));
  const ground = element("rect", { width, height, fill: style.backgroundColor });
  return element("svg", { viewBox: `0 0 ${width} ${height}`, width, height }, description, ground, ...parts);
}

for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => {
    document.documentElement.classList.add("light");
    const text = new XMLSerializer().serializeToString(file(button.closest("figure")));
    document.documentElement.classList.remove("light");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    link.download = button.dataset.save;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
