// The inbox: opening conversations beside the list, keys, and one request per live event for all that is on the screen.
import { focusComposer, hasText, keepDrafts, startComposer, tellNewMessage } from "./composer.js";
import { restorePanes, showSide } from "./panes.js";
import { signedFetch, tellSessionEnded } from "./session.js";
import { register } from "./shortcuts.js";
import { toast } from "./toasts.js";

const READ_AFTER = 600; // somebody who walks through the list has not read what flew by
const KEEP_TIME = 60_000; // "wacht 5 min" grows older by itself
const AGAIN = 2000;
const MAX_SHOWN = 500;
const AT_END = 48;
const ONE_PANE = matchMedia("(max-width: 599px)");

const inbox = document.querySelector("[data-inbox]");
const pane = document.getElementById("conversation");
const scroller = document.getElementById("list-scroll");
const news = document.querySelector("[data-news]");
const words = document.getElementById("inbox-words")?.dataset ?? {};
const general = document.getElementById("words")?.dataset ?? {};
const home = inbox.dataset.inbox;
const query = inbox.dataset.query;
const withQuery = (path) => (query ? `${path}?${query}` : path);

let isLive = false;
let opening = null;
let reading = 0;
let keepUnread = "";
let lastIndex = -1;
let isAtEnd = true;

const rows = () => [...document.querySelectorAll("#rows .row__link")];
const openPk = () => document.getElementById("thread")?.dataset.conversation ?? "";
const rowOf = (pk) => document.querySelector(`#row-${CSS.escape(pk)} .row__link`);
const messages = () => document.getElementById("messages");
const pkOf = (url) => new URL(url, location.href).pathname.match(/\/(\d+)$/)?.[1] ?? "";

function announce(text) {
  const line = document.getElementById("announce");
  if (line) line.textContent = text;
}

// -- Opening and closing -------------------------------------------------------------------------------------------------------

async function open(pk, { push = true, focus = "" } = {}) {
  const url = withQuery(`${home}/${pk}`);
  if (pk !== openPk()) {
    keepDrafts();
    opening?.abort();
    opening = new AbortController();
    const { signal } = opening;
    mark(pk);
    const waiting = setTimeout(() => pane.classList.add("is-loading"), 300);
    try {
      const response = await signedFetch(url, { headers: { "HX-Request": "true" }, signal });
      if (!response.ok) throw new Error(String(response.status));
      const html = await response.text();
      if (signal.aborted) return;
      document.getElementById("thread")?.remove();
      pane.insertAdjacentHTML("afterbegin", html);
      window.htmx.process(pane);
    } catch (error) {
      if (error.name !== "AbortError") {
        toast(general.failed, "error");
        mark(openPk());
      }
      return;
    } finally {
      clearTimeout(waiting);
      pane.classList.remove("is-loading");
    }
    keepUnread = "";
  }
  document.body.classList.add("has-open");
  document.body.classList.remove("side-open");
  if (push) history.pushState({ inbox: pk }, "", url);
  started();
  if (focus === "thread") messages()?.focus({ preventScroll: true });
}

function close({ push = true } = {}) {
  const pk = openPk();
  keepDrafts();
  opening?.abort();
  document.getElementById("thread")?.remove();
  document.body.classList.remove("has-open", "side-open");
  mark("");
  if (push) history.pushState({ inbox: "" }, "", withQuery(home));
  document.title = document.getElementById("list-title").textContent.trim() + " · Balie";
  const row = (pk && rowOf(pk)) || rows()[Math.min(Math.max(lastIndex, 0), rows().length - 1)];
  if (row) focusRow(row);
}

function started() {
  mark(openPk());
  restorePanes();
  startComposer();
  toBottom();
  sizes.disconnect();
  sizes.observe(messages());
  document.title = `${document.getElementById("header").dataset.title} · Balie`;
  planRead();
}

function toBottom() {
  const list = messages();
  if (list) list.scrollTop = list.scrollHeight;
  isAtEnd = true;
}

// Whoever reads the newest message stays there when a picture arrives or the composer grows; whoever scrolled up stays there.
let lastTop = 0;
const measure = () => {
  const list = messages();
  const isNear = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END;
  // Only somebody who scrolls up leaves the end; a page that grows does not.
  isAtEnd = isNear || (isAtEnd && list.scrollTop >= lastTop);
  lastTop = list.scrollTop;
};
const stay = () => { if (isAtEnd && messages()) toBottom(); };
const sizes = new ResizeObserver(stay);
pane?.addEventListener("scroll", (event) => { if (event.target.id === "messages") measure(); }, { capture: true, passive: true });
pane?.addEventListener("load", stay, true);

// Reading changes something, so it is a POST of its own, and only for what somebody really looks at.
function planRead() {
  clearTimeout(reading);
  const header = document.getElementById("header");
  if (!header || header.dataset.unread === "0" || document.hidden || keepUnread === openPk()) return;
  reading = setTimeout(async () => {
    if (!header.isConnected || document.hidden) return;
    header.dataset.unread = "0";
    await fetch(header.dataset.readUrl, { method: "POST", keepalive: true, headers: { "X-Requested-With": "fetch", "X-CSRFToken": csrf() } }).catch(() => {});
    if (!isLive) refresh(["list"]);
  }, READ_AFTER);
}
const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

// -- The list --------------------------------------------------------------------------------------------------------------------

function mark(pk) {
  for (const row of rows()) {
    if (row.dataset.row === pk) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  const index = rows().findIndex((row) => row.dataset.row === pk);
  if (index >= 0) lastIndex = index;
  rove(rowOf(pk));
}

// One row can be reached with Tab, the others with j, k and the arrow keys.
function rove(chosen) {
  const all = rows();
  const active = chosen ?? all.find((row) => row === document.activeElement) ?? all.find((row) => row.tabIndex === 0 && row.hasAttribute("tabindex")) ?? all[0];
  for (const row of all) row.tabIndex = row === active ? 0 : -1;
}

function focusRow(row) {
  rove(row);
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  lastIndex = rows().indexOf(row);
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const current = all.find((row) => row === document.activeElement) ?? rowOf(openPk() || "0");
  // The open conversation may have left the list: go on from where it stood.
  const index = current ? all.indexOf(current) + by : lastIndex + (by > 0 ? 0 : -1);
  const row = all[Math.min(Math.max(index, 0), all.length - 1)];
  focusRow(row);
  if (row === all.at(-1)) document.querySelector("#more a")?.scrollIntoView({ block: "nearest" });
  if (document.body.classList.contains("has-open") && !ONE_PANE.matches) open(row.dataset.row);
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("a.row__link, a[data-open], a[data-back]");
  if (!link || !pane) return;
  event.preventDefault();
  if (link.hasAttribute("data-back")) close();
  // event.detail is 0 for a click by keyboard: then the focus goes along.
  else open(pkOf(link.href), { focus: event.detail && !ONE_PANE.matches ? "" : "thread" });
});

scroller?.addEventListener("keydown", (event) => {
  if (!event.target.matches(".row__link") || event.ctrlKey || event.metaKey || event.altKey) return;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) {
    event.preventDefault();
    step(moves[event.key]);
  }
});

addEventListener("popstate", () => {
  if (!pane || new URL(location.href).search.slice(1) !== query) {
    location.reload();
    return;
  }
  const pk = pkOf(location.href);
  if (pk) open(pk, { push: false });
  else close({ push: false });
});

// -- Keys ------------------------------------------------------------------------------------------------------------------------

if (pane) {
  register([
    { keys: "j", run: () => step(1) },
    { keys: "k", run: () => step(-1) },
    { keys: "o", run: () => { const row = document.activeElement.closest(".row__link") ?? rows().find((each) => each.tabIndex === 0); if (row) open(row.dataset.row, { focus: "thread" }); } },
    { keys: "u", run: () => close() },
    { keys: "Escape", run: () => { if (document.body.classList.contains("has-open")) close(); } },
    { keys: "r", run: focusComposer },
  ]);
}

// -- What somebody did -------------------------------------------------------------------------------------------------------------

document.addEventListener("balie:acted", (event) => {
  const { action, conversation } = event.detail;
  const pk = String(conversation ?? "");
  if (!isLive) refresh(["list", "deliveries"]);
  if (!pane || pk !== openPk()) return;
  // The answer comes before its fragment does: while a dialog is open nothing behind it takes the focus.
  for (const dialog of document.querySelectorAll("#header dialog[open]")) dialog.close();
  if (action === "resolve" || action === "snooze") openNext(pk);
  if (action === "unread") {
    keepUnread = pk;
    clearTimeout(reading);
    close();
  }
  if (action === "reply") requestAnimationFrame(() => requestAnimationFrame(toBottom));
});

function openNext(pk) {
  const all = rows();
  const index = all.findIndex((row) => row.dataset.row === pk);
  // The live event may have been first: then the next one stands where this one stood.
  const next = index < 0 ? all[Math.min(Math.max(lastIndex, 0), all.length - 1)] : all[index + 1] ?? all[index - 1];
  if (ONE_PANE.matches || !next) {
    close();
    return;
  }
  open(next.dataset.row);
  focusRow(next);
}

document.addEventListener("htmx:afterSettle", () => {
  for (const dialog of document.querySelectorAll("dialog[data-show]:not([open])")) {
    dialog.removeAttribute("data-show");
    dialog.showModal();
  }
  showSide();
  rove();
});

// -- Live --------------------------------------------------------------------------------------------------------------------------

document.body.addEventListener("balie:connection", (event) => { isLive = event.detail.isLive; });
document.body.addEventListener("balie:changed", (event) => refresh(event.detail.names));
document.body.addEventListener("balie:refresh", () => refresh(["list", "deliveries", `conversation-${openPk()}`]));
setInterval(() => { if (!document.hidden) refresh(["list"]); }, KEEP_TIME);
document.addEventListener("visibilitychange", () => { if (!document.hidden) planRead(); });

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
  const response = await fetch(`${inbox.dataset.liveUrl}?${asked}`, { headers: { "X-Requested-With": "fetch" } });
  if (response.status === 401) tellSessionEnded();
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
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

function tellNews(text) {
  news.querySelector("span").textContent = text;
  news.hidden = false;
}
news?.addEventListener("click", () => {
  if (rows().length > MAX_SHOWN) location.reload();
  scroller.scrollTop = 0;
  news.hidden = true;
});
scroller?.addEventListener("scroll", () => { if (scroller.scrollTop < 8) news.hidden = true; }, { passive: true });

function replaceThread(fresh) {
  const list = messages();
  const newest = list.dataset.newest;
  const wasAtEnd = isAtEnd;
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

// Other ways to answer than the composer shows: it is made anew, unless somebody is writing in it.
async function renewComposer() {
  const composer = document.getElementById("composer");
  if (!composer || composer.dataset.modes === messages().dataset.modes || hasText()) return;
  const response = await fetch(composer.dataset.url, { headers: { "X-Requested-With": "fetch" } });
  if (!response.ok || !composer.isConnected || hasText()) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (hasText()) return;
  replace("composer", fresh);
  startComposer();
}

// -- Start -------------------------------------------------------------------------------------------------------------------------

if (pane) {
  history.replaceState({ inbox: openPk() }, "");
  restorePanes();
  rove();
  if (openPk()) {
    started();
    rowOf(openPk())?.scrollIntoView({ block: "center" });
  }
}
