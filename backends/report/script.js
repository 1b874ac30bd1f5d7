"use strict";
document.documentElement.classList.add("script");

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const code = document.getElementById(button.dataset.copy);
    let done = false;
    if (navigator.clipboard) done = await navigator.clipboard.writeText(code.textContent).then(() => true, () => false);
    if (!done) {
      // If the browser forbids writing to the clipboard (as for local files), select the command instead.
      getSelection().selectAllChildren(code);
    }
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// The link of the section at the top of the screen is marked, and is in view where the links are wider than the screen.
{
  const links = [...document.querySelectorAll("nav a")];
  const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
  const bar = document.querySelector("nav");
  let marked = null;
  const mark = () => {
    const line = bar.offsetHeight + 40, passed = sections.filter((s) => s.getBoundingClientRect().top <= line).length;
    const atEnd = scrollY > 0 && scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const current = links[atEnd ? links.length - 1 : Math.max(0, passed - 1)];
    if (current === marked) return;
    if (marked) marked.removeAttribute("aria-current");
    marked = current;
    current.setAttribute("aria-current", "true");
    bar.scrollLeft = current.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
  };
  addEventListener("scroll", mark, { passive: true });
  addEventListener("resize", mark);
  mark();
}
