// All plots: of the motion over time, of the optimization over iterations.
import { curve, wantsLog } from "./curves.js";
import { pairLinks } from "./data.js";
import { element } from "./dom.js";
import { shown } from "./numbers.js";

const NAMES = ["before", "after"];

export function motionPlots(data, clock) {
  const groups = [
    ["Joint positions", coordinates(data, false)],
    ["Joint torques and forces", torques(data)],
    ["Ground contact, normal force", contacts(data)],
    ["Contact between links, force", between(data)],
    ["Base", coordinates(data, true)],
    ["Energy", energies(data)],
  ];
  return panel(groups, {
    span: [0, data.duration],
    pick: (time) => clock.setTime(time),
    at: () => clock.time / Math.max(data.duration, 1e-9),
    x: () => clock.time,
    clock,
  });
}

export function historyPlots(data, clock) {
  const { history, iterations } = data;
  const x = Float32Array.from({ length: history.loss.rows ?? 0 }, (_, i) => i);
  if (x.length < 2) return null;
  const stages = history.stage.flatMap((stage, i) => (i && stage !== history.stage[i - 1] ? [i] : []));
  const plain = (title, values, more = {}) => {
    const lines = [{ x, y: values, name: "after" }];
    return { title, lines, marks: stages, log: wantsLog(lines), ...more };
  };
  const loss = [{ x, y: history.loss.values, name: "after" }];
  const groups = [
    ["Loss", [{ title: "loss", lines: loss, marks: stages, log: loss[0].y.every((v) => !(v <= 0)), wide: true }]],
    ["Terms of the loss", Object.entries(history.terms).map(([name, { values }]) => plain(name, values))],
    ["Design parameters, within their bounds", Object.keys(data.result.design).filter((name) => history.design[name]).map((name) => parameter(data, name, history.design[name].values, plain))],
  ];
  return panel(groups, {
    span: [0, iterations],
    pick: (iteration) => clock.setIteration(Math.round(iteration)),
    at: () => clock.iteration / Math.max(iterations, 1),
    x: () => clock.iteration,
    clock,
  });
}

function parameter(data, name, values, plain) {
  const row = data.result.design[name];
  const { unit, factor } = shown(row.unit);
  const bounds = [row.min, row.max].map((value) => (value === null ? null : value * factor));
  const bounded = bounds.every((value) => value !== null);
  return plain(name, values.map((v) => v * factor), {
    unit, log: false, limits: bounds.filter((value) => value !== null), range: bounded ? bounds : null,
  });
}

function columns(motion, array, index, factor = 1) {
  const { values, width, rows } = array;
  return Float32Array.from({ length: rows }, (_, row) => factor * values[row * width + index]);
}

function pair(data, pick, index, factor) {
  return data.motions.map((motion, k) => ({
    x: motion.time.values, y: columns(motion, pick(motion), index, factor), name: NAMES[k],
  }));
}

function coordinates(data, base) {
  return data.coordinates.flatMap((coordinate, i) => {
    if (coordinate.base !== base) return [];
    const { unit, factor } = shown(coordinate.unit);
    const limits = data.motions[1].coordinate_limits.map((side) => side[i]).filter((v) => v !== null);
    return [{ title: coordinate.name, unit, lines: pair(data, (m) => m.coordinates, i, factor), limits: limits.map((v) => v * factor) }];
  });
}

function torques(data) {
  return data.actuators.map((actuator, i) => {
    const limits = data.motions[1].torque_limits[i].filter((end) => end !== null);
    return { title: actuator.name, unit: actuator.unit.replace(" ", "\u202f"), lines: pair(data, (m) => m.torque, i), limits };
  });
}

function energies(data) {
  return ["kinetic", "potential"].map((title, i) => ({ title, unit: "J", lines: pair(data, (m) => m.energy, i) }));
}

function contacts(data) {
  return data.motions[0].contact_links
    .map((link, i) => ({ title: data.links[link].name, unit: "N", lines: pair(data, (m) => m.contact_force, 3 * i + 2) }))
    .filter(({ lines }) => lines.some(({ y }) => y.some((force) => force > 1e-3)));
}

// How hard two links each press each other, in either motion.
function between(data) {
  const name = (link) => data.links[link]?.name ?? "world";
  const found = new Map(data.motions.flatMap((motion) => pairLinks(motion).map((both) => [String(both), both])));
  return [...found.values()].sort(([a, b], [c, d]) => a - c || b - d).map((both) => ({
    title: both.map(name).join(" \u2013 "), unit: "N", lines: data.motions.map((motion, k) => ({
      x: motion.time.values, y: strength(motion, pairLinks(motion).findIndex((other) => String(other) === String(both))), name: NAMES[k],
    })),
  }));
}

function strength({ pair_force: force, time }, index) {
  const at = (row) => force.values.slice(row * force.width + 3 * index, row * force.width + 3 * index + 3);
  return Float32Array.from({ length: time.rows }, (_, row) => (index < 0 ? 0 : Math.hypot(...at(row))));
}

function panel(groups, { span, pick, at, x, clock }) {
  const curves = [];
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const found = curves.find(({ node }) => node === target);
      if (isIntersecting) seen.add(found), found.read(x());
      else seen.delete(found);
    }
  });
  const blocks = groups.filter(([, plots]) => plots.length).map(([heading, plots]) => {
    const made = plots.map((plot) => {
      const one = curve({ ...plot, span, pick });
      if (plot.wide) one.node.classList.add("wide");
      curves.push(one);
      watch.observe(one.node);
      return one.node;
    });
    return element("section", { class: "group" }, element("h3", {}, heading), element("div", { class: "grid" }, made));
  });
  const node = element("div", { class: "plots" }, blocks);
  const follow = () => {
    node.style.setProperty("--at", `${100 * at()}%`);
    seen.forEach((one) => one.read(x()));
  };
  clock.listen(follow);
  follow();
  return node;
}
