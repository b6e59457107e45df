// A page that robodiff serves: it loads itself again when there is news, and stays where the reader was.
import { element, find } from "./dom.js";

const KEY = "robodiff";

// `shown` can tell its state and take it back.
export function follow({ live, kind, name }, shown) {
  const id = `${kind ?? "report"} ${name}`;
  const kept = recall();
  if (kept?.theme) document.documentElement.dataset.theme = kept.theme;
  if (kept?.shown && kept.id === id && shown) shown.restore(kept.shown);
  if (live.last) return;
  const note = element("p", { class: "stopped", role: "status", hidden: true }, "robodiff has stopped; this page no longer follows.");
  find("head").before(note);
  const news = new EventSource("events");
  news.onopen = () => (note.hidden = true);
  news.onerror = () => (note.hidden = false);
  news.onmessage = ({ data }) => {
    if (Number(data) === live.version) return;
    news.close();
    keep({ id, theme: document.documentElement.dataset.theme, shown: shown ? shown.state() : kept?.shown });
    location.reload();
  };
}

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(state) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // A browser that keeps nothing begins anew.
  }
}
