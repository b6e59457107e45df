// Numbers as people read them.
const UP = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const minus = (text) => text.replace(/-/g, "−");
const raised = (exponent) => String(exponent).replace(/./g, (c) => UP[c]);

export function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) {
    const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    return minus(value.toFixed(Math.min(places, digits + 2)));
  }
  const [mantissa, exponent] = value.toExponential(digits - 2).split("e");
  return minus(`${mantissa}·10`) + raised(Number(exponent));
}

// A number on an axis: as short as it can be.
export function tick(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(0).split("e");
    const front = mantissa === "1" ? "" : `${minus(mantissa)}·`;
    return `${front}10${raised(Number(exponent))}`;
  }
  return minus(String(Number(value.toPrecision(3))));
}

export function change(before, after) {
  if (before === null || after === null || Math.abs(before) < 1e-12) return "";
  if (before * after < 0) return ""; // a percentage of another sign says nothing
  const percent = (100 * (after - before)) / Math.abs(before);
  if (Math.abs(percent) < 0.05) return "±0 %";
  if (Math.abs(percent) >= 1e6) return "";
  if (Math.abs(percent) >= 1000) return `×\u2009${number(after / before, 3)}`;
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(1)} %`;
}

export function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1)}\u00a0s`;
  const total = Math.round(seconds);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60)];
  return hours ? `${hours}\u00a0h ${minutes}\u00a0min` : `${minutes}\u00a0min ${total % 60}\u00a0s`;
}

// rad is shown in degrees.
export const shown = (unit) =>
  unit === "rad" ? { unit: "°", factor: 180 / Math.PI } : { unit, factor: 1 };

// Cells between strong lines, so that these are at 1, 5, 10 and so on.
export const majorOf = (cell) => (Math.round(cell / 10 ** Math.floor(Math.log10(cell) + 1e-9)) === 5 ? 2 : 5);

// Round steps for an axis or a ruler.
export function roundStep(span, most) {
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= rough - 1e-12);
}
