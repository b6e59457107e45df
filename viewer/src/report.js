// The report of a run: puts the parts in place, and tells tests where things are.
import { makeClock } from "./clock.js";
import { element, find } from "./dom.js";
import { bindingLimits } from "./limits.js";
import { historyPlots, motionPlots } from "./plots.js";
import { proofs } from "./proofs.js";
import { sensitivities } from "./sensitivities.js";
import { Stage } from "./stage.js";
import { transport } from "./transport.js";
import { designTable, header, latest, metricTable, provenance, scroll } from "./words.js";

export function showReport(data) {
  const clock = makeClock(data);
  const stage = new Stage(data, clock);
  find("head").append(...header(data));
  find("stage").append(stage.node);
  find("transport").append(transport(data, clock));
  section("result", "Result", [
    ...[metricTable(data), designTable(data)].map((node) => node && scroll(node)), bindingLimits(data), sensitivities(data),
  ]);
  section("motion", "Motion", [legend(data), motionPlots(data, clock)]);
  section("optimization", "Optimization", [starts(data), historyPlots(data, clock)]);
  section("evidence", "Evidence", proofs(data));
  section("origin", "How to make it again", provenance(data));
  expose(data, clock, stage);
  return {
    state: () => ({ time: clock.time, playing: clock.playing, iteration: clock.morphing ? clock.iteration : null, switches: clock.switches, camera: stage.draws.look() }),
    restore: ({ time, playing, iteration, switches, camera }) => {
      Object.assign(clock.switches, switches);
      if (iteration === null) clock.setTime(time);
      else clock.setIteration(iteration);
      if (playing === "time") clock.play(playing);
      stage.look(camera);
    },
  };
}

function section(id, title, nodes) {
  const content = nodes.filter(Boolean);
  if (content.length && content.some((node) => !node.classList?.contains("note"))) {
    find(id).append(element("h2", {}, title), ...content);
  } else find(id).remove();
}

function legend(data) {
  const key = (name, text) => element("span", {}, element("i", { class: `key ${name}` }), text);
  return element("p", { class: "note legend" }, key("before", "before"), key("after", latest(data)), key("limit", "limit"),
    element("span", { class: "quiet" }, "Click a plot to go to that time."));
}

function starts(data) {
  const count = data.history.starts;
  const best = count > 1 ? `The best of ${count} starts at each iteration. ` : "";
  const stages = new Set(data.history.stage).size;
  const windows = data.history.alike ? "" : ", whose losses are over different durations or on softer ground and do not compare";
  const lines = stages > 1 ? `Upright lines part the ${stages} stages${windows}. ` : "";
  return element("p", { class: "note quiet" }, `${best}${lines}Click a plot to see the robot of that iteration.`);
}

function expose(data, clock, stage) {
  const view = () => stage.draw();
  window.robodiff = {
    renderer: stage.draws.kind,
    size: stage.view.size,
    duration: data.duration,
    iterations: data.iterations,
    frames: (which) => Array.from(data.motions[which].time.values),
    state: () => ({ time: clock.time, iteration: clock.iteration, playing: clock.playing, switches: { ...clock.switches } }),
    setTime: (time) => (clock.setTime(time), view()),
    setIteration: (iteration) => (clock.setIteration(iteration), view()),
    flip: (name) => (clock.flip(name), view()),
    poses: (which) => stage.draws.poses(which),
    geometry: (which) => stage.draws.geometry(which),
    placed: (which) => stage.draws.placed(which),
  };
}
