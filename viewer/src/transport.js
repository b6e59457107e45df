// The two sliders, their buttons, and the keys.
import { element } from "./dom.js";

const PLAY = "M3 1.5v13l11-6.5z";
const PAUSE = "M3 2h3.5v12H3zM9.5 2H13v12H9.5z";

export function transport(data, clock) {
  const time = slider("time", "Time", data.duration, "any", (value) => clock.setTime(value));
  const design = slider("iteration", "Iteration of the optimization", data.iterations, 1, (value) => clock.setIteration(value));
  const playTime = button("play", "Play or pause (space)", () => clock.play("time"));
  const playDesign = button("play-design", "Show how the robot changed", () => clock.play("design"));
  const [timeText, designText] = [element("output", { id: "time-text" }), element("output", { id: "iteration-text" })];
  const speed = element("select", { id: "speed", "aria-label": "Speed", onchange: () => clock.setSpeed(Number(speed.value)) },
    [0.1, 0.25, 0.5, 1, 2].map((value) => element("option", { value, selected: value === 1 }, `${value}×`)));
  const show = () => {
    time.value = clock.time;
    design.value = clock.iteration;
    fill(time);
    fill(design);
    timeText.textContent = `${clock.time.toFixed(2)} s`;
    const last = clock.iteration >= data.iterations;
    designText.textContent = last ? (data.progress ? "so far" : "result") : `iteration ${Math.round(clock.iteration)}`;
    icon(playTime, clock.playing === "time");
    icon(playDesign, clock.playing === "design");
  };
  clock.listen(show);
  keys(clock, data);
  const node = element("div", { class: "transport", role: "group", "aria-label": "Playback" },
    element("div", { class: "lane" }, playTime, element("label", { for: "time" }, "time"), time, timeText, speed),
    data.iterations > 0 && Object.keys(data.result.design).length > 0
      ? element("div", { class: "lane" }, playDesign, element("label", { for: "iteration" }, "design"), design, designText)
      : null);
  show();
  return node;
}

function slider(id, label, max, step, set) {
  const input = element("input", { type: "range", id, "aria-label": label, min: 0, max, step, value: 0 });
  input.addEventListener("input", () => set(Number(input.value)));
  return input;
}

const fill = (input) => input.style.setProperty("--part", `${(100 * input.value) / Math.max(input.max, 1e-9)}%`);

function button(id, label, act) {
  const node = element("button", { id, class: "round", "aria-label": label, title: label, onclick: act });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  node.append(svg);
  return node;
}

function icon(button, playing) {
  button.querySelector("path").setAttribute("d", playing ? PAUSE : PLAY);
  button.setAttribute("aria-pressed", playing);
}

function keys(clock, data) {
  const step = (event) => (event.shiftKey ? 0.25 : 1 / 30);
  const acts = {
    " ": () => clock.play("time"),
    ArrowLeft: (event) => clock.setTime(clock.time - step(event)),
    ArrowRight: (event) => clock.setTime(clock.time + step(event)),
    Home: () => clock.setTime(0),
    End: () => clock.setTime(data.duration),
    o: () => clock.flip("overlay"),
    "[": () => clock.setIteration(Math.round(clock.iteration) - 1),
    "]": () => clock.setIteration(Math.round(clock.iteration) + 1),
  };
  document.addEventListener("keydown", (event) => {
    const { tagName, id } = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    if (tagName === "SELECT" || (tagName === "BUTTON" && event.key === " ")) return;
    if (id === "iteration" && event.key !== " ") return; // the slider's own keys
    event.preventDefault();
    acts[event.key](event);
  });
}

