// One request per live event for all that is on the screen: what changed is put in place, and nothing moves under the reader.
import { carryOver, startComposer, tellNewMessage } from "./composer.js";
import { liveUrl, mark, MAX_SHOWN, query, rowOf, rows, scroller, tellNews, words } from "./list.js";
import { isOutdated } from "./live.js";
import { tellSessionEnded } from "./session.js";
import { isEndSeen, messages, openPk, planRead, toBottom } from "./thread.js";

const KEEP_TIME = 60_000; // "wacht 5 min" grows older by itself
const AGAIN = 2000;

let isLive = false;

document.body.addEventListener("balie:connection", (event) => { isLive = event.detail.isLive; });
document.body.addEventListener("balie:changed", (event) => refresh(event.detail.names));
document.body.addEventListener("balie:refresh", () => refresh(["list", "deliveries", `conversation-${openPk()}`]));
setInterval(() => { if (!document.hidden) refresh(["list"]); }, KEEP_TIME);
document.body.addEventListener("balie:read", () => refreshUnlessLive(["list"]));

// After something that somebody did here: live, its event comes by itself.
export function refreshUnlessLive(names) {
  if (!isLive) refresh(names);
}

let isRunning = false;
const pending = new Set();

async function refresh(names) {
  for (const part of partsFor(names)) pending.add(part);
  if (isRunning || !pending.size) return;
  isRunning = true;
  try {
    while (pending.size) {
      const parts = [...pending];
      pending.clear();
      await fetchParts(parts);
    }
  } catch {
    // The line is down: the next event, or the reconnection, fetches again.
  } finally {
    isRunning = false;
  }
}

function partsFor(names) {
  const parts = [];
  if (names.includes("list") || names.includes("deliveries")) {
    parts.push("views");
    if (document.getElementById("list")) parts.push("list");
    if (document.getElementById("outcomes")) parts.push("outcomes");
  }
  // "conversations" stands for more of them than an event names.
  if (openPk() && (names.includes(`conversation-${openPk()}`) || names.includes("conversations"))) parts.push("thread");
  return parts;
}

async function fetchParts(parts) {
  const asked = new URLSearchParams(query);
  const shown = rows().length;
  const pk = openPk();
  asked.set("parts", parts.join(","));
  if (shown) asked.set("shown", String(shown));
  if (pk) asked.set("open", pk);
  if (messages()?.hasAttribute("data-all")) asked.set("all", "1");
  const askedAt = performance.now();
  const response = await fetch(`${liveUrl}?${asked}`, { headers: { "X-Requested-With": "fetch" } });
  if (response.status === 401) tellSessionEnded();
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (isOutdated(askedAt)) {
    for (const part of parts) pending.add(part);
    return;
  }
  if (fresh.getElementById("views")) replace("views", fresh);
  if (fresh.getElementById("outcomes")) replace("outcomes", fresh);
  if (fresh.getElementById("list")) replaceList(fresh, shown);
  // Meanwhile somebody may have opened another one.
  if (fresh.getElementById("header") && pk === openPk()) replaceThread(fresh);
}

const BUSY = "dialog[open], dialog[data-show], details[data-menu][open], .htmx-request, .htmx-settling";
const isOccupied = (element) =>
  element.matches(BUSY) || element.querySelector(BUSY) !== null || (element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"));

// Somebody is busy in a part: it is fetched again a little later, until it can be shown.
const held = new Set();
let holding = 0;
function hold(id) {
  held.add(["list", "views", "outcomes"].includes(id) ? "list" : `conversation-${openPk()}`);
  holding ||= setTimeout(() => {
    holding = 0;
    const names = [...held];
    held.clear();
    refresh(names);
  }, AGAIN);
}

function replace(id, fresh) {
  const old = document.getElementById(id);
  const found = fresh.getElementById(id);
  if (!old || !found) return;
  if (isOccupied(old)) {
    hold(id);
    return;
  }
  window.Idiomorph.morph(old, found, { morphStyle: "outerHTML", callbacks: { beforeAttributeUpdated, beforeNodeMorphed } });
  window.htmx.process(document.getElementById(id));
}

// What somebody unfolded stays unfolded, and the row that Tab reaches stays that row.
const beforeAttributeUpdated = (name, node) => !((name === "open" && node.localName === "details") || (name === "tabindex" && node.matches(".row__link")));
const beforeNodeMorphed = (old) => !(old instanceof Element && old.hasAttribute("data-whole"));

const top = (element) => element.getBoundingClientRect().top;

function replaceList(fresh, shown) {
  if (shown > MAX_SHOWN) {
    tellNews(words.refresh);
    return;
  }
  const known = new Map(rows().map((row) => [row.dataset.row, row.querySelector(".row__at").title]));
  const staying = (row) => fresh.querySelector(`#row-${row.dataset.row} .row__at`)?.title === known.get(row.dataset.row);
  const held = scroller.querySelector(".row__link:focus") ?? scroller.querySelector(".row__link:hover");
  const all = rows();
  // What is under the pointer or the focus, or at the top of what is seen, keeps its place; new rows come in above it.
  const from = held ? all.indexOf(held) : scroller.scrollTop > 0 ? all.findIndex((row) => row.getBoundingClientRect().bottom > top(scroller)) : -1;
  const anchor = from < 0 ? null : all.slice(from).find(staying) ?? null;
  const before = anchor && top(anchor);
  const isFocused = document.activeElement?.closest(".row__link")?.dataset.row;
  replace("list", fresh);
  if (anchor?.isConnected) scroller.scrollTop += top(anchor) - before;
  mark(openPk());
  if (isFocused && document.activeElement?.closest(".row__link")?.dataset.row !== isFocused) rowOf(isFocused)?.focus({ preventScroll: true });
  const unseen = rows().filter((row) => known.size && known.get(row.dataset.row) !== row.querySelector(".row__at").title && row.getBoundingClientRect().bottom <= top(scroller) + 1).length;
  if (unseen) tellNews(unseen === 1 ? words.newOne : words.newMany.replace("%d", unseen));
}

function replaceThread(fresh) {
  const list = messages();
  const newest = list.dataset.newest;
  const wasAtEnd = isEndSeen();
  const anchor = [...list.querySelectorAll("article, .activity")].find((each) => each.getBoundingClientRect().bottom > top(list));
  const before = anchor && top(anchor);
  const known = new Set([...list.querySelectorAll("article")].map((each) => each.id));
  replace("header", fresh);
  replace("messages", fresh);
  for (const bubble of messages().querySelectorAll(".bubble")) if (!known.has(bubble.id)) bubble.classList.add("is-new");
  if (wasAtEnd) toBottom();
  else if (anchor?.isConnected) messages().scrollTop += top(anchor) - before;
  if (messages().dataset.newest !== newest) {
    announce(words.newMessage);
    tellNewMessage();
  }
  planRead();
  renewComposer();
}

// Other ways to answer than the composer shows: it is made anew, around what somebody writes in it.
const OWN = "[data-new-message], [data-conflict], [data-saved], [data-count]";
const composing = {
  beforeAttributeUpdated: (name, node) => !(name === "hidden" && node.matches("form.answer")),
  beforeNodeMorphed: (old) => !(old instanceof Element && old.matches(OWN)),
};
async function renewComposer() {
  const composer = document.getElementById("composer");
  if (!composer || composer.dataset.modes === messages().dataset.modes) return;
  const response = await fetch(composer.dataset.url, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!response?.ok) return;
  const found = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("composer");
  // What is being sent brings a composer of its own.
  if (!found || !composer.isConnected || composer.querySelector(".htmx-request") || composer.matches(".htmx-request")) return;
  if (!carryOver(found)) return;
  window.Idiomorph.morph(composer, found, { morphStyle: "outerHTML", callbacks: composing });
  window.htmx.process(composer);
  startComposer();
}

function announce(text) {
  const line = document.getElementById("announce");
  if (line) line.textContent = text;
}
