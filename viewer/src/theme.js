// Dark and light, and the colours of the view, which come from the style sheet.
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function flipTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
}

export function onTheme(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
  new MutationObserver(listener).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

export function palette(data) {
  const style = getComputedStyle(document.documentElement);
  const names = ["stage", "floor", "grid", "force", "axis", "com", "target"];
  const colors = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  const dark = isDark();
  const world = dark ? "#596068" : "#b9b6ae";
  const linksOf = ({ links }) => [...links.map(({ color }) => mix(color, "#ffffff", dark ? 0.16 : 0.12)), world];
  return {
    ...colors,
    linksOf, // colours of a robot's links, the last for what stands in the world
    sky: "#ffffff",
    bounce: dark ? "#7d858c" : colors.floor,
    skyLight: dark ? 2.0 : 2.1,
    sunLight: dark ? 1.9 : 1.9,
    shadow: dark ? 0.42 : 0.17,
  };
}

function mix(a, b, part) {
  const read = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
  const [from, to] = [read(a), read(b)];
  return `#${from.map((v, i) => Math.round(v + part * (to[i] - v)).toString(16).padStart(2, "0")).join("")}`;
}
