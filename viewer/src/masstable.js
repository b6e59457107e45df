// What every link weighs, and the whole robot as it stands.
import { element } from "./dom.js";
import { change, number } from "./numbers.js";
import { scroll, table, td } from "./words.js";

const HEADINGS = ["Link", "mass", "centre x", "y", "z", "Ixx", "Iyy", "Izz", "Ixy", "Ixz", "Iyz"];

export function massTable(data, bench) {
  const rows = data.recipe.links.map(({ name }) => makeRow(name));
  const total = makeRow("all together", "total");
  const heads = element("tr", {}, HEADINGS.map((text, i) => element("th", { scope: "col" }, text, i ? unit(i) : null)));
  const node = table([], [...rows, total].map((one) => one.node), "masses");
  node.querySelector("thead").replaceChildren(heads);
  const show = () => {
    bench.robot.masses.forEach((body, i) => rows[i].update(body));
    total.update(bench.total);
  };
  bench.listen(show);
  show();
  const note = element("p", { class: "note quiet" },
    "Centres and inertias of links are in their own frames, inertias about the centre of mass; those of all together are in world axes, for the posture shown.");
  return [scroll(node), note];
}

const unit = (i) => element("span", { class: "unit" }, i === 1 ? "kg" : i < 5 ? "m" : "kg\u202fm²");

function makeRow(name, kind = null) {
  const cells = HEADINGS.slice(1).map(() => td(""));
  const node = element("tr", { class: kind }, element("th", { scope: "row" }, name), cells);
  const update = ({ mass, center, inertia: I }) => {
    const moments = [I[0][0], I[1][1], I[2][2], I[0][1], I[0][2], I[1][2]];
    const largest = Math.max(...moments.map(Math.abs));
    const reach = Math.max(...center.map(Math.abs), 1e-6);
    const small = (value, size) => (Math.abs(value) < 1e-9 * size ? 0 : value);
    const texts = [mass, ...center.map((v) => small(v, reach)), ...moments.map((v) => small(v, largest))];
    cells.forEach((cell, i) => (cell.textContent = number(texts[i], i === 0 ? 4 : 3)));
  };
  return { node, update };
}

// The robot in one line.
export function totals(bench) {
  const node = element("p", { class: "totals" });
  const first = bench.total.mass;
  const show = () => {
    const { mass, center } = bench.total;
    const more = change(first, mass);
    const place = center.map((value) => number(Math.abs(value) < 1e-9 ? 0 : value, 3)).join(", ");
    node.replaceChildren(
      element("b", { class: "figure" }, `${number(mass)} kg`), more && more !== "±0 %" ? ` (${more})` : "",
      element("span", { class: "quiet" }, ` centre of mass at (${place}) m`));
  };
  bench.listen(show);
  show();
  return node;
}
