// Mistakes in the files, as the loader tells them.
import { element, find } from "./dom.js";

export function showProblems({ problems, recipe, status }) {
  if (status) find("head").append(element("p", { class: "summary" }, status));
  if (!problems?.length) return;
  const count = problems.length === 1 ? "There is a mistake" : `There are ${problems.length} mistakes`;
  const kept = recipe ? " Below is the last robot without one." : "";
  find("head").after(element("section", { class: "problems", role: "alert" },
    element("p", {}, element("b", {}, `${count} in the file.`), kept), element("ol", {}, problems.map(line))));
}

function line({ file, line: row, column, key, message, suggestion }) {
  const place = row ? `${file}:${row}:${column}` : file;
  return element("li", {},
    element("p", { class: "place" }, place, key ? element("span", { class: "quiet" }, ` ${key}`) : null),
    element("p", { class: "message" }, message, suggestion ? element("span", { class: "quiet" }, ` — ${suggestion}`) : null));
}
