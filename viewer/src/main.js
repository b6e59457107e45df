// Reads the page's data and shows what it is of.
import { showComparison } from "./compare.js";
import { readData } from "./data.js";
import { find } from "./dom.js";
import { follow } from "./live.js";
import { showProblems } from "./problems.js";
import { showReport } from "./report.js";
import { flipTheme } from "./theme.js";
import { showWorkbench } from "./workbench.js";

const report = (data) => showReport(readData(data));
const SHOWS = { robot: showWorkbench, comparison: showComparison };
find("theme").addEventListener("click", flipTheme);
const data = JSON.parse(find("data").textContent);
const shown = (SHOWS[data.kind] ?? report)(data);
showProblems(data);
if (data.live) follow(data, shown);
document.documentElement.dataset.ready = "yes";
