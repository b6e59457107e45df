import { touches } from "./data.js";

// What the page shows: the time, the iteration, the switches. Everything else listens.
export function makeClock(data) {
  const listeners = [];
  const clock = {
    time: 0,
    iteration: data.iterations,
    playing: null, // "time", "design" or null
    speed: 1,
    switches: { follow: travels(data), forces: data.motions.some(touches), axes: false, trace: false, names: false, overlay: false },
    get morphing() {
      return clock.iteration < data.iterations || clock.playing === "design";
    },
    listen: (listener) => listeners.push(listener),
    tell: () => listeners.forEach((listener) => listener(clock)),
    setTime(time) {
      clock.time = Math.min(Math.max(time, 0), data.duration);
      clock.iteration = data.iterations;
      if (clock.playing === "design") clock.playing = null;
      clock.tell();
    },
    // Designs are compared as they stand at the start.
    setIteration(iteration) {
      clock.iteration = Math.min(Math.max(iteration, 0), data.iterations);
      clock.time = 0;
      if (clock.playing === "time") clock.playing = null;
      clock.tell();
    },
    play(what) {
      clock.playing = clock.playing === what ? null : what;
      if (clock.playing === "time") {
        clock.iteration = data.iterations;
        if (clock.time >= data.duration) clock.time = 0;
      }
      if (clock.playing === "design") {
        clock.time = 0;
        if (clock.iteration >= data.iterations) clock.iteration = 0;
      }
      clock.tell();
    },
    flip(name) {
      clock.switches[name] = !clock.switches[name];
      clock.tell();
    },
    setSpeed(speed) {
      clock.speed = speed;
      clock.tell();
    },
  };
  run(clock, data);
  return clock;
}

function run(clock, data) {
  const whole = Math.min(8, Math.max(3, data.iterations / 25)); // seconds to show all designs
  let last = performance.now();
  let wait = 0;
  requestAnimationFrame(function frame(now) {
    const passed = Math.min(0.25, (now - last) / 1000);
    last = now;
    if (clock.playing === "time") {
      // At the end, rest for a moment and begin again.
      if (clock.time >= data.duration) wait += passed;
      if (wait > 0.8) [clock.time, wait] = [0, 0];
      else clock.time = Math.min(clock.time + passed * clock.speed, data.duration);
      clock.tell();
    } else if (clock.playing === "design") {
      clock.iteration += (passed / whole) * data.iterations;
      if (clock.iteration >= data.iterations) [clock.iteration, clock.playing] = [data.iterations, null];
      clock.tell();
    }
    requestAnimationFrame(frame);
  });
}

// Whether a robot goes further than a fixed view could show.
function travels(data) {
  const span = (values, axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < values.length; i += 3) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
    return high - low;
  };
  return data.motions.some(({ com }) => Math.hypot(span(com.values, 0), span(com.values, 1)) > 1.2);
}
