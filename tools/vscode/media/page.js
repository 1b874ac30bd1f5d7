// The page of the preview: shows the picture that it is sent, marks the wire at the cursor, zooms.
"use strict";

(() => {
  const code = acquireVsCodeApi();
  const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const [title, reason, picture] = ["title", "reason", "picture"].map(part);
  const level = /** @type {HTMLSelectElement} */ (part("level"));
  const state = { level: "", zoom: 0, ...code.getState() }; // zoom 0: as large as it is, but no wider than the page
  let shown = "";

  const keep = () => code.setState(state);

  /** The element of a picture, without anything that acts. */
  function parsed(/** @type {string} */ svg) {
    const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    if (root.nodeName !== "svg") throw new Error("the picture isn't SVG");
    for (const element of [root, ...root.querySelectorAll("*")]) {
      if (["script", "foreignObject", "image", "use", "style"].includes(element.localName)) element.remove();
      for (const { name } of [...element.attributes]) {
        if (/^on/i.test(name) || /(^|:)href$/i.test(name)) element.removeAttribute(name);
      }
    }
    return document.importNode(root, true);
  }

  /** Graphviz has tips as attributes, which pages don't show. */
  function addTips(/** @type {Element} */ root) {
    for (const link of root.querySelectorAll("a")) {
      const tip = link.getAttribute("xlink:title");
      if (tip === null) continue;
      const text = document.createElementNS("http://www.w3.org/2000/svg", "title");
      text.textContent = tip;
      link.prepend(text);
      link.closest(".node, .edge, .cluster")?.querySelector(":scope > title")?.remove();
    }
  }

  function zoom() {
    const svg = picture.querySelector("svg");
    if (svg === null) return;
    const width = svg.viewBox.baseVal.width * (96 / 72);
    svg.removeAttribute("height");
    svg.setAttribute("width", state.zoom === 0 ? String(width) : String(width * state.zoom));
    svg.classList.toggle("fit", state.zoom === 0);
  }

  function mark(/** @type {string[]} */ ids) {
    for (const element of picture.querySelectorAll(".marked")) element.classList.remove("marked");
    const marked = ids.map((id) => picture.querySelector(`#${CSS.escape(id)}`)).filter((each) => each !== null);
    for (const element of marked) element.classList.add("marked");
    marked[0]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function show(/** @type {any} */ message) {
    title.textContent = message.title;
    level.value = message.chosen;
    if (message.svg === null) {
      picture.replaceChildren();
      shown = "";
    } else if (message.svg !== shown) {
      const svg = parsed(message.svg);
      addTips(svg);
      picture.replaceChildren(svg);
      shown = message.svg;
      zoom();
    }
    const old = picture.firstChild !== null && !message.current;
    reason.textContent = message.reason === null ? "" : `${old ? "The picture is of an earlier text. " : ""}${message.reason}`;
    reason.hidden = message.reason === null;
    picture.classList.toggle("old", old);
    mark(message.marks);
  }

  function zoomBy(/** @type {number} */ factor) {
    state.zoom = factor === 0 ? 0 : Math.min(8, Math.max(0.1, (state.zoom || 1) * factor));
    keep();
    zoom();
  }

  window.addEventListener("message", ({ data }) => {
    picture.setAttribute("aria-busy", String(data.busy === true));
    if (data.busy === undefined) show(data);
  });
  level.addEventListener("change", () => {
    state.level = level.value;
    keep();
    code.postMessage({ level: level.value });
  });
  part("in").addEventListener("click", () => zoomBy(1.25));
  part("out").addEventListener("click", () => zoomBy(0.8));
  part("fit").addEventListener("click", () => zoomBy(0));
  code.postMessage({ level: state.level });
})();
