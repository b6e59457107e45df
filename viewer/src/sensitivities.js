// How much each design parameter would change the loss, as bars on both sides of zero.
import { element } from "./dom.js";
import { number } from "./numbers.js";

export function sensitivities(data) {
  const { result, progress } = data;
  const rows = Object.entries(result.design).filter(([, row]) => typeof row.sensitivity === "number");
  if (!rows.length) return null;
  rows.sort(([, a], [, b]) => Math.abs(b.sensitivity) - Math.abs(a.sensitivity));
  const most = Math.max(...rows.map(([, row]) => Math.abs(row.sensitivity)), 1e-12);
  const bars = rows.map(([name, { sensitivity }]) => {
    const share = (50 * Math.abs(sensitivity)) / most;
    const style = `left:${sensitivity < 0 ? 50 - share : 50}%;width:${share}%`;
    return element("div", { class: "sensitivity" }, element("span", { class: "what" }, name),
      element("span", { class: "bar" }, element("i", { class: sensitivity < 0 ? "less" : "more", style })),
      element("span", { class: "amount" }, `${sensitivity > 0 ? "+" : ""}${number(sensitivity, 2)} %`));
  });
  return element("section", { class: "group" }, element("h3", {}, `Sensitivity of the loss at the ${progress ? "best so far" : "result"}`),
    element("p", { class: "note quiet" }, "Per cent of the loss for one per cent more of each parameter, the controller as it is. Negative: more of it would lower the loss."), bars);
}
