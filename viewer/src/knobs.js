// Sliders: of the parameters, which reshape the robot, and of the joints, which move it.
import { element } from "./dom.js";
import { number, shown } from "./numbers.js";
import { names } from "./formula.js";
import { fromRollPitchYaw, toRollPitchYaw } from "./turns.js";

// One slider: `value` and `range` give numbers in SI, `set` takes one; a unit is `factor` in SI.
function knob({ kind, name, unit, factor, hint, value, range, set }) {
  const input = element("input", { type: "range", step: "any", "aria-label": name, [`data-${kind}`]: name });
  const output = element("output");
  input.addEventListener("input", () => set(Number(input.value) * factor));
  const node = element("div", { class: "knob" },
    element("span", { class: "what", title: hint || null }, name), output, element("span", { class: "unit" }, plain(unit)), input);
  const update = () => {
    const [low, high] = range().map((end) => end / factor);
    const now = value() / factor;
    [input.min, input.max] = [Math.min(low, now), Math.max(high, now)];
    if (document.activeElement !== input || Math.abs(input.value - now) > 1e-9 * Math.max(1, Math.abs(now))) input.value = now;
    input.style.setProperty("--part", `${(100 * (now - input.min)) / Math.max(input.max - input.min, 1e-12)}%`);
    output.textContent = number(Math.abs(now) < 1e-9 ? 0 : now, 4);
  };
  return { node, update };
}

const plain = (unit) => (unit === "-" ? "" : unit.replace(/^deg$/, "°").replace(/\^2/g, "²").replace(/\^3/g, "³").replace(/ /g, "\u202f"));

export function parameterKnobs(data, bench) {
  const free = new Set(data.free);
  const { parameters } = data.recipe;
  const made = (wanted) => parameters.filter(wanted).map((parameter) => parameterKnob(data, bench, parameter));
  const depends = ({ name, formula }) => !free.has(name) && names(formula).length > 0;
  const first = made(({ name }) => free.has(name));
  const rest = made((parameter) => !free.has(parameter.name) && !depends(parameter));
  const derived = parameters.filter(depends).map((parameter) => derivedRow(bench, parameter));
  listen(bench, [...first, ...rest, ...derived]);
  const more = [...rest, ...derived];
  const fixed = more.length
    ? element("details", { open: first.length === 0 }, element("summary", {}, `${more.length} more that the file fixes`), more.map(({ node }) => node))
    : null;
  return [first.map(({ node }) => node), fixed].flat().filter(Boolean);
}

function parameterKnob(data, bench, { name, lower, upper, unit, factor, description }) {
  const { unit: word, factor: degrees } = shown(unit);
  const [least, most] = data.bounds[name] ?? [lower, upper];
  const first = bench.robot.values.get(name);
  const reach = Math.abs(first) || 1;
  const low = least ?? (first > 0 ? 0.25 * first : first - reach);
  const high = most ?? (first < 0 ? 0.25 * first : first + reach);
  const hint = [description, least === null && most === null ? "The file gives no bounds." : ""].filter(Boolean).join(". ");
  return knob({
    kind: "parameter", name, unit: word, factor: factor / degrees, hint,
    value: () => bench.robot.values.get(name), range: () => [low, high], set: (value) => bench.hold(name, value),
  });
}

// A parameter that follows from others.
function derivedRow(bench, { name, text, unit, factor, description }) {
  const { unit: word, factor: degrees } = shown(unit);
  const output = element("output");
  const node = element("div", { class: "knob derived" },
    element("span", { class: "what", title: description || null }, name), output, element("span", { class: "unit" }, plain(word)),
    element("span", { class: "text" }, `= ${text}`));
  return { node, update: () => (output.textContent = number((bench.robot.values.get(name) / factor) * degrees, 4)) };
}

const FULL = [-Math.PI, Math.PI];
const ENDINGS = { ".pitch": "angle" };

export function jointKnobs(data, bench) {
  const knobs = data.recipe.links.flatMap((link, i) => [
    ...link.coordinates.map((name) => coordinateKnob(bench, link, i, name)),
    ...(link.type === "ball" || link.type === "free" ? turnKnobs(bench, link.joint) : []),
  ]);
  listen(bench, knobs);
  return knobs.map(({ node }) => node);
}

function coordinateKnob(bench, { joint, type }, i, name) {
  const angle = type === "hinge" || ENDINGS[name.slice(joint.length)] === "angle";
  const { unit, factor } = shown(angle ? "rad" : "m");
  const range = () => {
    const { limits } = bench.robot.links[i];
    if (limits) return limits;
    const start = bench.robot.start.plain.get(name);
    return angle ? FULL : [start - 1, start + 1];
  };
  return knob({
    kind: "joint", name, unit, factor: 1 / factor, hint: `a ${type} joint`,
    value: () => bench.coordinate(name), range, set: (value) => bench.move(name, value),
  });
}

// A ball or free joint by three angles about the fixed axes x, y, z.
function turnKnobs(bench, joint) {
  let [angles, made] = [[0, 0, 0], null];
  const read = () => {
    const now = bench.rotation(joint);
    if (now !== made) [angles, made] = [toRollPitchYaw(now), now];
    return angles;
  };
  return ["roll", "pitch", "yaw"].map((word, k) => knob({
    kind: "joint", name: `${joint}.${word}`, unit: "°", factor: Math.PI / 180, hint: "about the fixed axes x, y, z, in that order",
    value: () => read()[k], range: () => (k === 1 ? [-Math.PI / 2, Math.PI / 2] : FULL),
    set: (value) => {
      angles = read().map((angle, i) => (i === k ? value : angle));
      made = fromRollPitchYaw(angles);
      bench.turn(joint, made);
    },
  }));
}

function listen(bench, knobs) {
  const update = () => knobs.forEach((one) => one.update());
  bench.listen(update);
  update();
}

// Which of several designs the sliders begin at.
export function presetButtons(bench) {
  if (bench.presets.length < 2) return null;
  const nodes = bench.presets.map(({ label }, i) => {
    const node = element("button", { class: "choice", "data-preset": label, onclick: () => bench.choose(i) }, label);
    bench.listen(() => node.setAttribute("aria-pressed", bench.preset === i && !bench.changed));
    return node;
  });
  bench.tell();
  return element("div", { class: "choices", role: "group", "aria-label": "Design" }, nodes);
}

