"use strict";
// Cursor, playback and values of the signal-flow figure. Positions in time are counted in frames:
// frame t is centred at t, so the panels show [-1/2, T - 1/2].
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
document.documentElement.classList.add("script");

const T = data.frames;
const framesPerSecond = data.rate / data.hop;
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const frameAt = (share) => clamp(Math.floor(share * T), 0, T - 1);
const shareOf = (seconds) => (seconds * framesPerSecond + 0.5) / T;
const secondsOf = (share) => clamp((share * T - 0.5) / framesPerSecond, 0, data.seconds);
const signed = (v, digits) => v.toFixed(digits).replace("-", "\u2212");
const when = (t) => `frame ${t}, ${(t / framesPerSecond).toFixed(2)} s`;

// A matrix (T,R) of 16-bit steps from low to high, in base64.
function unpack(matrix) {
  const bytes = Uint8Array.from(atob(matrix.data), (c) => c.charCodeAt(0));
  const steps = new DataView(bytes.buffer);
  const rows = bytes.length / 2 / T;
  const step = (matrix.high - matrix.low) / 65535;
  const at = (t, r) => matrix.low + step * steps.getUint16(2 * (t * rows + r), true);
  return { rows, at, row: (r) => Array.from({ length: T }, (_, t) => at(t, r)) };
}
const features = unpack(data.features);
const ofClasses = data.classes.length > 0;  // else the answer is a number
const soFar = data.soFar && unpack(data.soFar);  // null: the model cannot be asked on the way
const layers = data.layers.map((layer) => ({
  name: layer.name,
  parts: Object.fromEntries("ifgoch".split("").map((part) => [part, unpack(layer[part])])),
}));

// ---- the unit whose gates are shown ----

let layer = layers.length - 1;
let unit = layers.length ? mostMoving(layers[layer].parts.h) : 0;
if (!layers.length) byId("layer").closest(".panel").remove();
if (!soFar) all(".so-far, .mark, #heard").forEach((part) => part.remove());

function mostMoving(h) {
  const spread = Array.from({ length: h.rows }, (_, r) => {
    const values = h.row(r);
    const mean = values.reduce((a, b) => a + b) / T;
    return values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  });
  return spread.indexOf(Math.max(...spread));
}

function draw(group, names, low, high) {
  const y = (v) => 1 - (v - low) / (high - low);
  byId(group).replaceChildren(...names.map((name) => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line.setAttribute("class", name);
    line.setAttribute("points", layers[layer].parts[name].row(unit)
      .map((v, t) => `${(t + 0.5) / T},${y(v).toFixed(4)}`).join(" "));
    return line;
  }));
}

function showUnit() {
  const { parts } = layers[layer];
  unit = clamp(Math.round(unit) || 0, 0, parts.h.rows - 1);
  byId("layer").value = layer;
  byId("unit").max = parts.h.rows - 1;
  byId("unit").value = unit;
  const largest = Math.max(1, ...parts.c.row(unit).map(Math.abs));
  draw("gates", ["i", "f", "o"], -0.02, 1.02);
  draw("cell", ["g", "c", "h"], -1.04 * largest, 1.04 * largest);
  byId("cell-high").textContent = largest.toFixed(1);
  byId("cell-low").textContent = signed(-largest, 1);
  all(".plot > .unit").forEach((mark) => mark.remove());
  const plot = document.querySelector(`.plot[data-layer="${layer}"]`);
  const mark = document.createElement("i");
  mark.className = "unit";
  mark.style.setProperty("--units", parts.h.rows);
  mark.style.setProperty("--unit", unit);
  plot.append(mark);
  showValues();
}

layers.forEach((l, k) => byId("layer").append(new Option(l.name, k)));
byId("layer")?.addEventListener("change", () => {
  layer = Number(byId("layer").value);
  unit = mostMoving(layers[layer].parts.h);
  showUnit();
});
byId("unit")?.addEventListener("input", () => {
  if (byId("unit").value === "") return;
  unit = Number(byId("unit").value);
  showUnit();
});

// ---- time: playback and the cursor ----

const figure = byId("figure");
const player = byId("player");
player.preservesPitch = true;
// Worth a first look; without attention, the beginning.
let at = (Math.max(0, data.attention.indexOf(Math.max(...data.attention))) + 0.5) / T;
let touched = false;

function showValues() {
  const t = frameAt(at);
  byId("clock").textContent =
    `${secondsOf(at).toFixed(2)} s of ${data.seconds.toFixed(2)} s, frame ${t}`;
  all(".legend .line").forEach((item) => {
    const name = item.classList.item(1);
    item.querySelector("b").textContent = signed(layers[layer].parts[name].at(t, unit), 3);
  });
  if (soFar) all(".answer tbody tr").forEach((row) => {
    const p = soFar.at(t, Number(row.dataset.class));
    row.style.setProperty("--so-far", p);
    row.querySelector(".so-far").textContent =
      ofClasses ? `${(100 * p).toFixed(0)}\u00a0%` : signed(p, 3);
  });
  byId("time").value = t;
  byId("time").setAttribute("aria-valuetext", when(t));
}

function moveTo(share, seek = true) {
  touched ||= share !== at;
  at = clamp(share, 0, 1);
  figure.style.setProperty("--at", at);
  if (seek) player.currentTime = secondsOf(at);
  showValues();
}

function follow() {
  moveTo(shareOf(player.currentTime), false);
  if (!player.paused) requestAnimationFrame(follow);
}
function toggle() {
  if (!player.paused) return player.pause();
  if (!touched || player.ended) moveTo(shareOf(0));
  player.play().catch(() => { byId("clock").textContent = "this browser cannot play the sound"; });
}
function showState() {
  byId("play").textContent = player.paused ? "Play" : "Pause";
  byId("play").setAttribute("aria-pressed", String(!player.paused));
}
player.addEventListener("play", () => { showState(); requestAnimationFrame(follow); });
player.addEventListener("pause", showState);
byId("play").addEventListener("click", toggle);
byId("speed").addEventListener("change", () => {
  player.playbackRate = Number(byId("speed").value);
});

byId("time").max = T - 1;
byId("time").addEventListener("input", () => moveTo((Number(byId("time").value) + 0.5) / T));
document.addEventListener("keydown", (event) => {
  if (event.target.closest("select, input, button")) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.key === " ") toggle();
  else if (steps) moveTo((clamp(frameAt(at) + steps, 0, T - 1) + 0.5) / T);
  else return;
  event.preventDefault();
});

// ---- the pointer: values, seeking, choosing a unit ----

// What stands under the pointer, by panel: `up` is the height in [0, 1] from the bottom.
const describe = {
  wave: (t) => when(t),
  features: (t, up) => {
    const r = rowAt(up, features.rows);
    const z = features.at(t, r);
    const value = data.mean[r] + data.stddev[r] * z;
    return `${data.featureNames[r]} (${when(t)}): ${signed(z, 2)}, ` +
      `before normalisation ${signed(value, 2)}`;
  },
  layer: (t, up, plot) => {
    const k = Number(plot.dataset.layer);
    const { h } = layers[k].parts;
    const r = rowAt(up, h.rows);
    return `${layers[k].name} unit ${r} (${when(t)}): ${signed(h.at(t, r), 3)}`;
  },
  attention: (t) => `${when(t)}: ${data.attention[t].toFixed(4)}, ` +
    `${(data.attention[t] * T).toFixed(1)} times an equal share`,
  "so-far": (t, up) => {
    if (!ofClasses) return `${data.head} (${when(t)}): ${signed(soFar.at(t, 0), 3)}`;
    const c = soFar.rows - 1 - rowAt(up, soFar.rows);
    return `${data.classes[c]} (${when(t)}): ${(100 * soFar.at(t, c)).toFixed(1)}\u00a0%`;
  },
  gates: (t) => unitValues(t, "ifo"),
  cell: (t) => unitValues(t, "gch"),
};
const rowAt = (up, rows) => clamp(Math.floor(up * rows), 0, rows - 1);
const unitValues = (t, names) => `${when(t)}: ` + names.split("")
  .map((name) => `${name} ${signed(layers[layer].parts[name].at(t, unit), 3)}`).join(", ");

function place(event, plot) {
  const box = plot.getBoundingClientRect();
  return {
    share: clamp((event.clientX - box.left) / box.width, 0, 1),
    up: 1 - clamp((event.clientY - box.top) / box.height, 0, 1),
  };
}

function showTip(event, plot) {
  const { share, up } = place(event, plot);
  const tip = byId("tip");
  tip.textContent = describe[plot.dataset.panel](frameAt(share), up, plot);
  tip.hidden = false;
  figure.classList.add("hovering");
  figure.style.setProperty("--hover", share);
  const box = figure.getBoundingClientRect();
  const x = clamp(event.clientX - box.left + 14, 0, box.width - tip.offsetWidth);
  const above = event.clientY - box.top - tip.offsetHeight - 10;
  tip.style.transform = `translate(${x}px, ${above < 0 ? event.clientY - box.top + 20 : above}px)`;
}
function hideTip() {
  byId("tip").hidden = true;
  figure.classList.remove("hovering");
}

all(".plot").forEach((plot) => {
  plot.addEventListener("pointermove", (event) => {
    showTip(event, plot);
    if (plot.hasPointerCapture(event.pointerId)) moveTo(place(event, plot).share);
  });
  plot.addEventListener("pointerdown", (event) => {
    plot.setPointerCapture(event.pointerId);
    const { share, up } = place(event, plot);
    moveTo(share);
    showTip(event, plot);
    if (plot.dataset.panel !== "layer") return;
    layer = Number(plot.dataset.layer);
    unit = rowAt(up, layers[layer].parts.h.rows);
    showUnit();
  });
  plot.addEventListener("pointerleave", hideTip);
  plot.addEventListener("pointercancel", hideTip);
});

if (layers.length) showUnit();
moveTo(at);
