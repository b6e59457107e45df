// How much each design parameter would change the loss, as bars on both sides of zero.
import { element } from "./dom.js";
import { number } from "./numbers.js";

const NOTE = "Per cent of the loss for one per cent more of each parameter, the controller as it is. Negative: more of it would lower the loss.";

export function sensitivities(data) {
  const { result, progress } = data;
  const rows = Object.entries(result.design).map(([name, row]) => ({ name, slope: row.sensitivity, ...simulated(row) }));
  const found = rows.filter(({ more, slope }) => typeof (more ?? slope) === "number").map((row) => ({ ...row, shown: row.more ?? row.slope }));
  if (!found.length) return null;
  found.sort((a, b) => Math.abs(b.shown) - Math.abs(a.shown));
  const most = Math.max(...found.map(({ shown }) => Math.abs(shown)), 1e-12);
  const bars = found.map(({ name, shown, less }) => {
    const share = (50 * Math.abs(shown)) / most;
    const style = `left:${shown < 0 ? 50 - share : 50}%;width:${share}%`;
    return element("div", { class: "sensitivity" }, element("span", { class: "what" }, name),
      element("span", { class: "bar" }, element("i", { class: shown < 0 ? "less" : "more", style })),
      element("span", { class: "amount" }, per(shown), less === undefined ? "" : ` (1\u202f% less: ${per(less)})`));
  });
  return element("section", { class: "group" }, element("h3", {}, `Sensitivity of the loss at the ${progress ? "best so far" : "result"}`),
    element("p", { class: "note quiet" }, `${NOTE}${how(found)}`), bars);
}

// One per cent less and more of a parameter, where that was simulated; at a bound the other way round.
function simulated({ change }) {
  const [less, more] = change ?? [];
  if (!Number.isFinite(less) && !Number.isFinite(more)) return {};
  return { less: Number.isFinite(less) ? less : -more, more: Number.isFinite(more) ? more : -less };
}

function how(found) {
  if (found[0].more === undefined) return "";
  const [steps, slopes] = [({ less, more }) => Math.max(Math.abs(less), Math.abs(more)), ({ slope }) => Math.abs(slope ?? 0)].map((of) => Math.max(...found.map(of)));
  const chaos = slopes > 10 * steps ? ` The gradient itself is chaotic over the whole motion (up to ${number(slopes, 2)}\u202f%) and holds for far smaller steps only.` : "";
  return ` These were simulated.${chaos}`;
}

const per = (value) => `${value > 0 ? "+" : ""}${number(value, 2)}\u202f%`;
