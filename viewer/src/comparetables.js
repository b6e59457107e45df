// The numbers of several runs: a row a run for costs, a column a run for metrics and parameters.
import { element } from "./dom.js";
import { duration, number, shown } from "./numbers.js";
import { table, td } from "./words.js";

export const finalLoss = ({ result }) => result.loss.after ?? Infinity;

export function costTable({ runs }) {
  const lowest = (name) => Math.min(...runs.filter((run) => run.name === name).map(finalLoss));
  const rows = runs.map((run) => {
    const { label, name, method, seed, folder, color, result } = run;
    const { loss, simulations, seconds } = result;
    return element("tr", {}, element("th", { scope: "row" }, element("i", { class: "dot", style: `background:${color}` }), label),
      td(method, "quiet"), td(String(seed), "quiet"), td(number(loss.before), "before"),
      td(number(loss.after), finalLoss(run) === lowest(name) ? "after" : null), td(simulations.toLocaleString("en").replace(/,/g, "\u2009")),
      td(duration(seconds.total)), td(duration(seconds.compile), "quiet"), td(folder, "quiet"));
  });
  return table(["Run", "method", "seed", "loss before", "loss after", "simulations", "in all", "compiling", "folder"], rows, "costs");
}

export const metrics = (data) => columns(data, "metrics", "Metric at the end");

export const designs = (data) => columns(data, "design", "Parameter at the end");

function columns({ runs }, group, heading) {
  const units = {};
  for (const { result } of runs) for (const [name, row] of Object.entries(result[group])) units[name] = row.unit ?? "";
  const rows = Object.entries(units).map(([name, stored]) => {
    const { unit, factor } = group === "design" ? shown(stored) : { unit: stored, factor: 1 };
    const cells = runs.map(({ result }) => {
      const value = result[group][name]?.after;
      return td(typeof value === "number" ? number(value * factor) : "–");
    });
    return element("tr", {}, element("th", { scope: "row" }, name, unit && unit !== "-" ? element("span", { class: "unit" }, unit.replace(/\^2/g, "²")) : null), cells);
  });
  return rows.length ? table([heading, ...runs.map(({ label }) => label)], rows, "columns") : null;
}
