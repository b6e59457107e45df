// One small plot: a title with the values at the cursor, lines, limits, three labels on each axis.
import { drawing, element } from "./dom.js";
import { number, tick } from "./numbers.js";

const MOST = 700; // points a line

// `lines`: [{x, y, name}] with increasing x; `limits`: [numbers]; `marks`: x of vertical lines.
export function curve({ title, unit = "", span, lines, limits = [], marks = [], log = false, range = null, pick }) {
  const scale = makeScale(lines, limits, log, range);
  const across = (x) => (100 * (x - span[0])) / Math.max(span[1] - span[0], 1e-12);
  const box = drawing("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const t of scale.ticks) box.append(rule(scale, t, "gridline"));
  for (const x of marks) box.append(drawing("line", { x1: across(x), x2: across(x), y1: 0, y2: 100, class: "stageline" }));
  for (const limit of limits) if (scale.holds(limit)) box.append(rule(scale, limit, "limit"));
  for (const { x, y, name, color, dashed } of lines) {
    const style = color ? `stroke:${color};${dashed ? "stroke-dasharray:5 3" : ""}` : null;
    box.append(drawing("path", { d: path(x, y, across, scale), class: `line ${name ?? ""}`, style }));
  }
  const values = lines.filter(({ name }) => name).map(({ name }) => element("span", { class: `value ${name}` }));
  const field = element("div", { class: "field" }, box, element("i", { class: "cursor" }));
  const node = element("figure", { class: "curve" },
    element("figcaption", {}, element("b", {}, title), element("span", { class: "unit" }, log ? `${unit} log`.trim() : unit), element("span", { class: "values" }, values)),
    element("div", { class: "frame" },
      element("div", { class: "ys" }, scale.ticks.map((t) => element("span", { style: `top:${scale.at(t)}%` }, tick(t)))),
      field),
  );
  drag(field, (part) => pick(span[0] + part * (span[1] - span[0])));
  const read = (x) => values.forEach((value, i) => {
    const found = nearest(lines[i], x);
    value.textContent = Number.isFinite(found) ? number(found, 3) : ""; // behind its end a line has none
  });
  return { node, read };
}

function rule(scale, value, name) {
  return drawing("line", { x1: 0, x2: 100, y1: scale.at(value), y2: scale.at(value), class: name });
}

function path(x, y, across, scale) {
  const stride = Math.max(1, Math.ceil(x.length / MOST));
  let text = "";
  let pen = "M";
  for (let i = 0; i < x.length; i += i + stride >= x.length && i < x.length - 1 ? x.length - 1 - i : stride) {
    if (!Number.isFinite(y[i])) {
      pen = "M";
      continue;
    }
    text += `${pen}${across(x[i]).toFixed(2)} ${scale.at(y[i]).toFixed(2)}`;
    pen = "L";
  }
  return text;
}

function makeScale(lines, limits, log, range) {
  const all = lines.flatMap(({ y }) => Array.from(y)).filter(Number.isFinite);
  let [low, high] = range ?? [Math.min(...all), Math.max(...all)];
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  if (log) return logScale(all, high);
  if (!range) {
    const reach = 0.6 * (high - low);
    for (const limit of limits) {
      if (limit < low && limit > low - reach) low = limit;
      if (limit > high && limit < high + reach) high = limit;
    }
  }
  if (high - low < 1e-9 * Math.max(1, Math.abs(high))) [low, high] = [low - (Math.abs(low) || 1) * 0.5, high + (Math.abs(high) || 1) * 0.5];
  const margin = 0.06 * (high - low);
  const at = (value) => 100 * (1 - (value - (low - margin)) / (high - low + 2 * margin));
  return { at, ticks: ticks(low, high), holds: (v) => v >= low - 1e-9 && v <= high + 1e-9 };
}

// Zeros lie on the floor of a logarithmic axis.
function logScale(all, high) {
  const positive = all.filter((value) => value > 0);
  const floor = Math.max(Math.min(...positive), high * 1e-6);
  const [a, b] = [Math.log10(floor), Math.log10(high)];
  const margin = 0.06 * Math.max(b - a, 0.1);
  const at = (value) => 100 * (1 - (Math.log10(Math.max(value, floor)) - a + margin) / (b - a + 2 * margin));
  const fine = b - a < 2.5 ? [1, 2, 5] : [1];
  const powers = Array.from({ length: Math.floor(b) - Math.floor(a) + 1 }, (_, i) => 10 ** (Math.floor(a) + i));
  const found = powers.flatMap((power) => fine.map((m) => m * power)).filter((v) => v >= floor && v <= high);
  const every = Math.ceil(found.length / 4);
  const chosen = found.filter((_, i) => i % every === 0);
  return { at, ticks: chosen.length ? chosen : [floor, high], holds: () => true };
}

export const wantsLog = (lines) => {
  const all = lines.flatMap(({ y }) => Array.from(y)).filter(Number.isFinite);
  const positive = all.filter((value) => value > 0).sort((a, b) => a - b);
  if (all.some((value) => value < 0) || positive.length < 3) return false;
  return positive.at(-1) / positive[Math.floor(0.1 * positive.length)] > 40;
};

function ticks(low, high) {
  for (const most of [3, 4, 5, 8]) {
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough - 1e-12);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(i * step);
    if (found.length >= 2) return found;
  }
  return [low, high];
}

function nearest({ x, y }, at) {
  let [low, high] = [0, x.length - 1];
  if (high < 0 || at > x[high] + 1e-6) return NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle;
    else high = middle;
  }
  return at - x[low] <= x[high] - at ? y[low] : y[high];
}

function drag(node, pick) {
  const move = (event) => {
    const box = node.getBoundingClientRect();
    pick(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    move(event);
  });
  node.addEventListener("pointermove", (event) => event.buttons & 1 && move(event));
}
