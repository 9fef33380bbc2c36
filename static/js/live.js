// Live updates. The server says which names changed ("list", "conversation-42"); whoever shows that fetches it again.
//
// An element with data-live="list conversation-42" and hx-trigger="live" is fetched again when one of its names changed,
// and after every (re)connect, so a gap heals itself. Scripts listen on document.body:
//   balie:changed  detail.names   at most once per 150 ms
//   balie:refresh                 fetch all: the stream (re)connected, or somebody signed in again
//   balie:connection  detail.isLive
// All tabs of one person share one stream: browsers allow six connections to a server, and a stream keeps one.
import { isSignedOut, tellSessionEnded } from "./session.js";

const COALESCE = 150;
// Longer than the first try to come back (half a second to one and a half, as the server says), with time to connect.
const PATIENCE = 3000;
const SPREAD = 5000; // after that: when a server restarts not everybody comes back at once
const LONGEST_WAIT = 30_000;

const url = document.body.dataset.events;
const name = `balie:events:${document.body.dataset.user}`;
const tabs = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
const changed = new Set();
let isEverything = false;
let lastFlush = 0;
let timer = null;
let isLive = null;
let bannerTimer = null;
let attempts = 0;
let trying = null;
let source = null;
let isLeader = false;

function note(names) {
  for (const each of names) changed.add(each);
  schedule();
}

function noteEverything() {
  isEverything = true;
  schedule();
}

function schedule() {
  // Nobody looks at a hidden tab: it catches up when it is shown.
  if (timer !== null || document.hidden) return;
  timer = setTimeout(flush, Math.max(0, lastFlush + COALESCE - performance.now()));
}

function flush() {
  timer = null;
  lastFlush = performance.now();
  const names = [...changed];
  const all = isEverything;
  changed.clear();
  isEverything = false;
  document.body.dispatchEvent(all ? new CustomEvent("balie:refresh") : new CustomEvent("balie:changed", { detail: { names } }));
  for (const element of document.querySelectorAll("[data-live]")) {
    if (all || element.dataset.live.split(/\s+/).some((each) => names.includes(each))) window.htmx?.trigger(element, "live");
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && (changed.size || isEverything)) schedule();
});

// What was asked before something was done here, and is answered after it, would bring back how it was: it is asked again.
let doneAt = -Infinity;
export const isOutdated = (askedAt) => askedAt < doneAt;
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.requestConfig && detail.requestConfig.verb !== "get") doneAt = performance.now(); });
document.addEventListener("htmx:beforeRequest", ({ detail }) => { detail.requestConfig.askedAt = performance.now(); });
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { requestConfig } = detail;
  if (requestConfig?.triggeringEvent?.type !== "live" || !isOutdated(requestConfig.askedAt)) return;
  detail.shouldSwap = false;
  window.htmx.trigger(requestConfig.elt, "live");
});

function setLive(value) {
  if (value === isLive) return;
  isLive = value;
  clearTimeout(bannerTimer);
  const banner = document.getElementById("connection-lost");
  // A blink of the line is no news.
  if (value && banner) banner.hidden = true;
  else if (banner) bannerTimer = setTimeout(() => { banner.hidden = false; }, PATIENCE);
  document.body.dispatchEvent(new CustomEvent("balie:connection", { detail: { isLive: value } }));
}

function receive(message) {
  if (message.kind === "changed") note(message.names);
  if (message.kind === "refresh") noteEverything();
  if (message.kind === "state") setLive(message.isLive);
  if (message.kind === "session") tellSessionEnded();
  if (message.kind === "hello" && isLeader && isLive !== null) tabs?.postMessage({ kind: "state", isLive });
}

function tell(message) {
  receive(message);
  tabs?.postMessage(message);
}

function connect() {
  clearTimeout(trying);
  source?.close();
  source = new EventSource(url);
  source.addEventListener("refresh", () => {
    attempts = 0;
    tell({ kind: "state", isLive: true });
    tell({ kind: "refresh" });
  });
  source.addEventListener("changed", (event) => tell({ kind: "changed", names: JSON.parse(event.data) }));
  source.addEventListener("lost", () => tell({ kind: "state", isLive: false }));
  source.addEventListener("error", () => {
    tell({ kind: "state", isLive: false });
    attempts += 1;
    // After an answer that is no stream the browser gives up: find out why, and try again ourselves.
    if (source.readyState === EventSource.CLOSED) findOut();
    // Once the browser comes back by itself, soon.
    else if (attempts > 1) tryAgain(Math.random() * SPREAD);
  });
}

function tryAgain(wait) {
  source.close();
  clearTimeout(trying);
  trying = setTimeout(connect, wait);
}

async function findOut() {
  const abort = new AbortController();
  try {
    const response = await fetch(url, { signal: abort.signal, headers: { Accept: "text/event-stream", "X-Requested-With": "fetch" } });
    abort.abort();
    if (isSignedOut(response.status)) {
      tell({ kind: "session" });
      return;
    }
  } catch {
    // Still away.
  }
  if (!isLive) tryAgain(Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(attempts, 5)) * (0.5 + Math.random() / 2));
}

document.body.addEventListener("balie:signed-in", () => {
  if (isLeader) connect();
  noteEverything();
});
addEventListener("online", () => { if (isLeader && !isLive) connect(); });
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => { if (event.persisted && isLeader) connect(); });

function lead() {
  isLeader = true;
  connect();
}

if (url) {
  if (tabs && navigator.locks) {
    tabs.addEventListener("message", ({ data }) => receive(data));
    // Held until this tab closes; then the next tab in line takes over.
    navigator.locks.request(name, () => { lead(); return new Promise(() => {}); });
    navigator.locks.query().then(({ held }) => {
      if (isLeader || !held.some((lock) => lock.name === name)) return;
      // Somebody else leads: what changed between making this page and listening is fetched once.
      tabs.postMessage({ kind: "hello" });
      noteEverything();
    });
  } else {
    lead();
  }
}
