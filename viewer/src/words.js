// The result in words and tables.
import { element } from "./dom.js";
import { change, duration, number, shown } from "./numbers.js";

export function header(data) {
  return [
    element("h1", {}, data.name),
    data.description ? element("p", { class: "lead" }, data.description) : null,
    element("p", { class: "summary" }, summary(data)),
  ].filter(Boolean);
}

function summary(data) {
  const { result, progress } = data;
  const { before, after } = result.loss;
  const count = (value) => value.toLocaleString("en").replace(/,/g, "\u2009");
  const many = (value, word) => `${count(value)} ${word}${value === 1 ? "" : "s"}`;
  const loss = (value) => strong(value === null ? "not finite" : number(value));
  const done = progress ? `${count(result.iterations)} of ${many(progress.total, "iteration")}` : many(result.iterations, "iteration");
  const cost = `${done}, ${many(result.simulations, "simulation")} and ${duration(result.seconds.total)}`;
  const parts = [progress ? "So far, in " : "In ", cost, ", the loss went from ", loss(before), " to ", loss(after), ". "];
  const rows = Object.entries(result.design);
  const binding = rows.filter(([, row]) => bound(row));
  if (!rows.length) parts.push("Only the controller was free.");
  else if (!binding.length) parts.push(progress ? "No design parameter is at a bound." : "No design parameter ended at a bound.");
  else binding.forEach(([name, row], i) => parts.push(i ? ", " : "", element("b", {}, name), ` ${progress ? "is" : "ended"} at its ${bound(row)}`));
  if (binding.length) parts.push(".");
  if (result.interrupted) parts.push(" The run was interrupted; this is the best it had found.");
  return parts;
}

// What the second robot is: of a run that goes on, the best so far.
export const latest = ({ progress }) => (progress ? "best so far" : "after");

const strong = (text) => element("b", { class: "figure" }, text);

// Which bound a value ended at, if any.
export function bound({ min, max, after }) {
  if (min === null || max === null) return "";
  const near = 0.01 * (max - min);
  return after - min < near ? "lower bound" : max - after < near ? "upper bound" : "";
}

export function metricTable(data) {
  const { result } = data;
  const rows = Object.entries(result.metrics).map(([name, row]) => {
    const term = result.terms?.[name];
    return tr([name, plainUnit(row.unit)], [row.before, row.after], change(row.before, row.after), [
      td(number(term?.before, 3), "quiet"), td(number(term?.after, 3), "quiet"),
    ]);
  });
  const { before, after } = result.loss;
  rows.push(tr(["loss", ""], [before, after], change(before, after), [td(number(before, 3), "quiet"), td(number(after, 3), "quiet")], "total"));
  return table(["Metric", "before", latest(data), "change", "in the loss, before", latest(data)], rows, "metrics");
}

const plainUnit = (unit) => (unit === "-" ? "" : unit.replace(/\^2/g, "²").replace(/\^3/g, "³"));

export function designTable(data) {
  const { result } = data;
  const rows = Object.entries(result.design).map(([name, row]) => {
    const { unit, factor } = shown(row.unit);
    const scaled = (value) => (value === null ? null : value * factor);
    return tr([name, plainUnit(unit)], [scaled(row.before), scaled(row.after)], change(row.before, row.after), [
      element("td", { class: "bounds" }, track(row, scaled)),
    ]);
  });
  return rows.length ? table(["Parameter", "before", latest(data), "change", "between its bounds"], rows, "design") : null;
}

// Where a value lies between its bounds, before and after.
function track(row, scaled) {
  if (row.min === null || row.max === null) return "";
  const at = (value) => `left:${(100 * (value - row.min)) / (row.max - row.min)}%`;
  const ends = [row.before, row.after].map((value) => (100 * (value - row.min)) / (row.max - row.min));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return element("div", { class: bound(row) ? "track binding" : "track", title: bound(row) ? `at its ${bound(row)}` : null },
    element("span", { class: "end" }, number(scaled(row.min), 3)),
    element("span", { class: "rail" },
      element("i", { class: "way", style: `left:${low}%;width:${high - low}%` }),
      element("i", { class: "from", style: at(row.before) }),
      element("i", { class: "to", style: at(row.after) })),
    element("span", { class: "end" }, number(scaled(row.max), 3)));
}

export function provenance(data) {
  const { seed, command, ...versions } = data.versions;
  const code = element("code", {}, data.command);
  const copy = element("button", { class: "plain", onclick: () => copyText(data.command, copy) }, "copy");
  const items = Object.entries(versions).map(([name, value]) => [name, String(value)]);
  const { compile, run, total } = data.result.seconds;
  const facts = [
    ["robot", data.robot], ["seed", String(seed)], ["time step", `${number(1000 * data.dt, 3)} ms`],
    ["computing", duration(run)], ["compiling", duration(compile)], ["in all", duration(total)], ...items,
  ];
  return [
    data.command ? element("p", { class: "command" }, code, copy) : null,
    element("dl", {}, facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
  ].filter(Boolean);
}

async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
  } catch {
    button.textContent = "select it and copy";
  }
}

function tr([name, unit], [before, after], changed, more = [], kind = null) {
  return element("tr", { class: kind }, element("th", { scope: "row" }, name, unit ? element("span", { class: "unit" }, unit) : null),
    td(number(before), "before"), td(number(after), "after"), td(changed, "quiet"), more);
}

const td = (text, kind = null) => element("td", { class: kind }, text ?? "");

function table(headings, rows, kind) {
  return element("table", { class: kind }, element("thead", {}, element("tr", {}, headings.map((text) => element("th", { scope: "col" }, text)))), element("tbody", {}, rows));
}

export { table, td };

export const scroll = (node) => element("div", { class: "scroll" }, node);
