// What proves the result: checks of the gradient, and the replay in another engine.
import { element } from "./dom.js";
import { number } from "./numbers.js";
import { scroll, table, td } from "./words.js";

const MOST = 12; // rows shown

export function proofs({ certificate, replay, comparison }) {
  return [
    certificate?.parameters ? everyGradient(certificate) : null,
    certificate?.directions ? someDirections(certificate) : null,
    replay?.metrics ? otherEngine(replay) : null,
    comparison?.length ? otherRuns(comparison) : null,
  ].filter(Boolean);
}

// `gradcheck`: each derivative three ways.
function everyGradient({ parameters, worst_relative_error: worst }) {
  const rows = Object.entries(parameters).sort(([, a], [, b]) => (b.relative_error ?? 0) - (a.relative_error ?? 0));
  return block("Gradients",
    `Reverse mode, forward mode and central differences of ${rows.length} derivatives; the largest relative disagreement is ${number(worst, 2)}.`,
    ["", "reverse", "forward", "difference", "relative error", ""],
    rows.map(([name, row]) => [name, number(row.reverse), number(row.forward), number(row.difference), number(row.relative_error, 2), row.label ?? ""]));
}

// The short check at the start of a run: slopes along a few directions.
function someDirections({ directions, worst_relative_error: worst, label }) {
  const decided = directions.filter((one) => one.decided);
  const agreed = decided.filter((one) => one.agrees).length;
  const verdict = (one) => (one.decided ? (one.agrees ? "agrees" : "differs") : "too rough to tell");
  return block("Gradient at the start",
    `Verdict: ${label}. Along ${directions.length} directions the slope was compared with central differences: agree ${agreed}, ` +
      `differ ${decided.length - agreed}, too rough to tell ${directions.length - decided.length}` +
      (decided.length ? `; the largest relative error is ${number(worst, 2)}.` : "."),
    ["", "slope", "difference", "its error", ""],
    directions.map((one) => [`start ${one.start}, ${one.kind}`, number(one.slope), number(one.difference), number(one.error, 2), verdict(one)]));
}

const ENGINES = { mujoco: "MuJoCo" };

function otherEngine({ engine, metrics, max_gap: gap }) {
  const name = ENGINES[engine] ?? String(engine ?? "another engine");
  const percent = (part) => (typeof part === "number" ? `${number(100 * part, 3)} %` : "not finite");
  const rows = Object.entries(metrics);
  const fine = rows.some(([, row]) => typeof row.fine === "number");
  return block("Replay",
    `The same commands in ${name}: the largest gap between metrics is ${percent(gap)}.`,
    ["", "robodiff", name, fine ? "with a quarter of the step" : null, "gap"].filter((text) => text !== null),
    rows.map(([metric, row]) => [metric, number(row.robodiff), number(row.engine), fine ? number(row.fine) : null, percent(row.gap)].filter((text) => text !== null)));
}

// What `compare` set beside this run: other methods and seeds.
function otherRuns(runs) {
  return block("Compared with other runs",
    "The same experiment by other methods, or from other seeds; simulations without gradients take less time than those with.",
    ["", "loss", "simulations", "seconds", "of them compiling"],
    runs.map(({ label, loss, simulations, seconds }) => [label, number(loss.after), String(simulations), number(seconds.total, 3), number(seconds.compile, 3)]));
}

function block(title, sentence, headings, rows) {
  const lines = rows.slice(0, MOST).map(([first, ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, first), rest.map((text) => td(text))));
  const more = rows.length > MOST ? element("p", { class: "quiet" }, `The first ${MOST} of ${rows.length}.`) : null;
  return element("section", { class: "group" }, element("h3", {}, title), element("p", {}, sentence), scroll(table(headings, lines, "proof")), more);
}
