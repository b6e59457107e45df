// Reads the page's data and shows what it is of.
import { readData } from "./data.js";
import { find } from "./dom.js";
import { showReport } from "./report.js";
import { flipTheme } from "./theme.js";

find("theme").addEventListener("click", flipTheme);
showReport(readData(find("data").textContent));
document.documentElement.dataset.ready = "yes";
