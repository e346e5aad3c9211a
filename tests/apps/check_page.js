// Runs inside a page in a frame (check_pages.py puts it there) and tells the frame's owner what is
// wrong: text that is cut off, covered or out of the window, text too faint to read, text in charts
// that is larger or smaller than in others, errors of the page's own script.
"use strict";
window.pageErrors = [];
window.addEventListener("error",
  (event) => window.pageErrors.push(`script error: ${event.message}`));
window.addEventListener("unhandledrejection",
  (event) => window.pageErrors.push(`rejected: ${event.reason}`));
console.error = console.warn = (...words) => window.pageErrors.push(`console: ${words.join(" ")}`);

const short = (text) => JSON.stringify(text.trim().replace(/\s+/g, " ").slice(0, 40));

function* textNodes(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (node.data.trim() && !parent.closest("script, style, noscript, select") &&
        parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) yield node;
  }
}

// The lines of a text as boxes, without the leading above and below the letters.
function lineBoxes(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  const upright = !getComputedStyle(node.parentElement).writingMode.startsWith("vertical");
  return [...range.getClientRects()].filter((r) => r.width > 1 && r.height > 1).map((r) => {
    const trim = upright ? r.height * 0.2 : 0;
    return { left: r.left + 1, right: r.right - 1, top: r.top + trim, bottom: r.bottom - trim };
  });
}

const scrolls = (style) => ["auto", "scroll"].includes(style.overflowX);
const scroller = (element) => {
  for (let e = element; e; e = e.parentElement) if (scrolls(getComputedStyle(e))) return e;
  return null;
};

// The ancestor that cuts a part of the box off, if there is one.
function cutBy(element, box) {
  for (let e = element; e && e !== document.body; e = e.parentElement) {
    const style = getComputedStyle(e);
    if (scrolls(style)) return null;
    const frame = e.getBoundingClientRect();
    const wide = box.left < frame.left - 1 || box.right > frame.right + 1;
    const high = box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    if (style.overflowX === "hidden" && wide || style.overflowY === "hidden" && high) return e;
  }
  return null;
}

// ---- contrast, as WCAG 2 defines it ----

function rgba(text) {
  const canvas = rgba.canvas ??=
    Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = text;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}
const over = (top, below) =>
  [0, 1, 2].map((k) => top[k] * top[3] + below[k] * (1 - top[3])).concat(1);
function background(element) {
  const layers = [];
  for (let e = element; e; e = e.parentElement)
    layers.push(rgba(getComputedStyle(e).backgroundColor));
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
}
function luminance(colour) {
  const [r, g, b] = colour.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(element) {
  const style = getComputedStyle(element);
  const below = background(element);
  const ink = over(rgba(element.closest("svg") ? style.fill : style.color), below);
  const [a, b] = [luminance(ink), luminance(below)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

// ---- text in charts: of one size on every page, however wide it is ----

const chartText = 12;  // CSS pixels

function shownSize(element) {
  const size = parseFloat(getComputedStyle(element).fontSize);
  const matrix = element.closest("svg") ? element.getScreenCTM() : { a: 1, b: 0, c: 0, d: 1 };
  return [size * Math.hypot(matrix.a, matrix.b), size * Math.hypot(matrix.c, matrix.d)];
}

function chartTextFindings() {
  const found = [];
  for (const e of document.querySelectorAll("svg text, .gutter, .ticks span, .axis-name")) {
    if (!e.textContent.trim() || !e.checkVisibility()) continue;
    const [wide, high] = shownSize(e);
    if (Math.abs(wide - chartText) > 0.05 || Math.abs(high - chartText) > 0.05)
      found.push(`${short(e.textContent)} is ${wide.toFixed(1)} x ${high.toFixed(1)} pixels, ` +
                 `text in charts has ${chartText}`);
  }
  return found;
}

function layoutFindings() {
  const found = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width)
    found.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
  const boxes = [];
  for (const node of textNodes(document.body)) {
    const element = node.parentElement;
    for (const box of lineBoxes(node)) {
      if (!scroller(element) && (box.left < 0 || box.right > width))
        found.push(`${short(node.data)} is out of the window`);
      const cutter = cutBy(element, box);
      if (cutter) found.push(`${short(node.data)} is cut off by ` +
                             `<${cutter.tagName} class="${cutter.className}">`);
      const svg = element.closest("svg:not(svg svg)");
      const drawing = svg && (svg.closest("figure") ?? svg);  // a chart's margins are its figure's
      if (drawing) {
        const frame = drawing.getBoundingClientRect();
        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 ||
            box.bottom > frame.bottom + 1) found.push(`${short(node.data)} leaves its drawing`);
      }
      boxes.push({ ...box, node });
    }
    const ratio = contrast(element);
    if (ratio < 4.5)
      found.push(`${short(node.data)} has a contrast of ${ratio.toFixed(1)}, 4.5 is readable`);
  }
  boxes.sort((a, b) => a.top - b.top);
  boxes.forEach((a, k) => {
    for (let j = k + 1; j < boxes.length && boxes[j].top < a.bottom; ++j) {
      const b = boxes[j];
      const floats = [a, b].some(({ node }) => node.parentElement.closest("#tip, .toolbar"));
      if (a.node !== b.node && !floats && a.left < b.right && b.left < a.right)
        found.push(`${short(a.node.data)} and ${short(b.node.data)} overlap`);
    }
  });
  for (const image of document.images)
    if (!image.complete || image.naturalWidth === 0) found.push(`image "${image.alt}" is broken`);
  return found;
}

// Points at the corners of every panel: the value must be readable there, too.
function pointerFindings() {
  const found = [];
  for (const plot of document.querySelectorAll(".plot[data-panel]")) {
    const box = plot.getBoundingClientRect();
    for (const [x, y] of [[0, 0], [0.5, 0.5], [0.999, 0.999]]) {
      plot.dispatchEvent(new PointerEvent("pointermove",
        { clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
      const tip = document.getElementById("tip");
      const frame = tip.getBoundingClientRect();
      if (tip.hidden || !/\d/.test(tip.textContent) || /NaN|undefined/.test(tip.textContent))
        found.push(`${plot.dataset.panel}: no value under the pointer: ${short(tip.textContent)}`);
      if (frame.left < 0 || frame.right > document.documentElement.clientWidth)
        found.push(`${plot.dataset.panel}: ${short(tip.textContent)} is out of the window`);
    }
    plot.dispatchEvent(new PointerEvent("pointerleave"));
  }
  return found;
}

window.addEventListener("load", () => {
  const found = [];
  const height = document.documentElement.scrollHeight;
  try {
    found.push(...layoutFindings(), ...pointerFindings());
    document.querySelectorAll("details").forEach((d) => { d.open = true; });
    found.push(...layoutFindings().filter((f) => !found.includes(f)), ...chartTextFindings());
  } catch (error) {
    found.push(`the check itself failed: ${error.stack}`);
  }
  window.parent.postMessage({
    width: innerWidth,
    height,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    found: [...window.pageErrors, ...new Set(found)],
  }, "*");
});
