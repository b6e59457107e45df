// Limits that the result presses against: bounds of the design, motors, stops of joints.
import { element } from "./dom.js";
import { number, shown } from "./numbers.js";
import { bound } from "./words.js";

export function bindingLimits({ result, binding, progress }) {
  if (!binding) return null;
  const items = [...atBounds(result.design), ...binding.map(inMotion)];
  const none = `No design parameter ${progress ? "is" : "ended"} at a bound, no motor reaches its limit and no joint its stop.`;
  return element("section", { class: "group binding-limits" }, element("h3", {}, "Limits that bind"),
    items.length ? element("ul", {}, items) : element("p", {}, none));
}

const atBounds = (design) => Object.entries(design).filter(([, row]) => bound(row)).map(([name, row]) => {
  const side = bound(row);
  const { unit, factor } = shown(row.unit);
  const limit = (side === "lower bound" ? row.min : row.max) * factor;
  return element("li", {}, element("b", {}, name), ` is at its ${side}, ${number(limit)} ${unit}: the optimizer would go on`);
});

function inMotion({ kind, name, side, limit, unit, share }) {
  const display = shown(unit);
  const value = `${number(limit * display.factor, 3)} ${display.unit}`;
  const what = kind === "motor" ? `motor is at its limit of ${value}` : `joint is at its ${side} stop of ${value}`;
  return element("li", {}, element("b", {}, name), `: the ${what} for ${part(share)} of the time`);
}

const part = (share) => (share < 0.01 ? "less than 1 %" : `${Math.round(100 * share)} %`);
