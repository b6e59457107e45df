// Formulas of a robot file: numbers, names and [operation, ...operands]. Nothing here runs text.
const ACTS = new Map(Object.entries({
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "**": (a, b) => a ** b,
  neg: (a) => -a, pos: (a) => a, deg: (a) => (a * Math.PI) / 180,
  sqrt: Math.sqrt, sin: Math.sin, cos: Math.cos, tan: Math.tan, exp: Math.exp, log: Math.log, abs: Math.abs,
  min: Math.min, max: Math.max,
}));

// `values` is a Map from names to numbers.
export function evaluate(formula, values) {
  if (typeof formula === "number") return formula;
  if (typeof formula === "string") {
    if (!values.has(formula)) throw new Error(`there is no parameter ${formula}`);
    return values.get(formula);
  }
  const [name, ...operands] = formula;
  const act = ACTS.get(name);
  if (!act) throw new Error(`there is no operation ${name}`);
  return act(...operands.map((operand) => evaluate(operand, values)));
}

export const names = (formula) =>
  typeof formula === "string" ? [formula] : Array.isArray(formula) ? formula.slice(1).flatMap(names) : [];

// All parameters, each after those that it mentions; `held` takes the place of formulas.
export function settle(parameters, held) {
  const values = new Map();
  for (const { name, formula } of parameters) values.set(name, held.has(name) ? held.get(name) : evaluate(formula, values));
  return values;
}
