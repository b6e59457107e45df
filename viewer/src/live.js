// A page that robodiff serves: it loads itself again when there is news, and stays where the reader was.
import { element, find } from "./dom.js";

const KEY = "robodiff";

// `shown` can tell its state and take it back.
export function follow({ live, name }, shown) {
  const kept = recall(name);
  if (kept?.theme) document.documentElement.dataset.theme = kept.theme;
  if (kept?.shown && shown) shown.restore(kept.shown);
  const note = element("p", { class: "stopped", role: "status", hidden: true }, "robodiff has stopped; this page no longer follows.");
  find("head").before(note);
  const news = new EventSource("events");
  news.onopen = () => (note.hidden = true);
  news.onerror = () => (note.hidden = false);
  news.onmessage = ({ data }) => {
    if (Number(data) === live.version) return;
    news.close();
    keep(name, { theme: document.documentElement.dataset.theme, shown: shown?.state() ?? kept?.shown });
    location.reload();
  };
  if (live.last) news.onerror = () => news.close();
}

function recall(name) {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY));
    return found?.name === name ? found : null;
  } catch {
    return null;
  }
}

function keep(name, state) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ name, ...state }));
  } catch {
    // A browser that keeps nothing begins anew.
  }
}
