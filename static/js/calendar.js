// The calendar: dragging posts to another day, the dialog for who does not drag, walking along days and posts by keys, and
// keeping what somebody does while it is fetched anew because of others.
import Sortable from "../vendor/sortable.js";
import { register } from "./shortcuts.js";
import "./sheet.js";

const home = () => document.getElementById("calendar");
const words = document.getElementById("calendar-words")?.dataset ?? {};
const csrf = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";
const addressOf = (pk) => home().dataset.moveUrl.replace("/0/", `/${pk}/`);

// -- Another moment ------------------------------------------------------------------------------------------------------------

// The answer is the calendar as it is now: what could not be moved goes back to its place by itself.
function move(url, values) {
  return window.htmx.ajax("POST", url, { source: home(), target: "#calendar", swap: "morph:outerHTML show:none", values: { ...values, csrfmiddlewaretoken: csrf() } });
}

function ask(post) {
  if (!post?.dataset.move) return;
  (post.querySelector("[data-stop]") ?? post.querySelector("a"))?.focus({ preventScroll: true });
  window.htmx.ajax("GET", addressOf(post.dataset.move), { target: "#sheet", swap: "innerHTML" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-ask-move]");
  if (button) ask(button.closest("[data-move]"));
  if (event.target.closest?.("[data-print]")) print();
});

// Undoing stands in the toast: what to undo comes with it.
let undoable = null;
document.addEventListener("balie:toast", (event) => { undoable = event.detail.action?.event === "balie:move" ? event.detail.action.detail : undoable; });
document.addEventListener("balie:move", (event) => undo(event.detail));
function undo(what) {
  if (!what || !home()) return;
  undoable = null;
  move(what.url, { to: what.to });
}

document.addEventListener("balie:saved", (event) => {
  const post = event.detail?.post && document.getElementById(`planned-${event.detail.post}`);
  if (!post) return;
  // The dialog gives the focus back to where it came from; that may have been another element with the same post.
  queueMicrotask(() => { if (!document.activeElement?.closest(`#${post.id}`) && isNowhere()) focusOn(post.querySelector("a")); });
});

// -- Dragging ------------------------------------------------------------------------------------------------------------------

let dragged = null;
let droppedAt = -1000;
const lists = new Map();

function startDragging() {
  for (const [list, sortable] of lists) {
    if (list.isConnected) continue;
    sortable.destroy();
    lists.delete(list);
  }
  if (!home()?.querySelector("[data-move]")) return;
  for (const list of home().querySelectorAll("[data-drop]")) {
    if (lists.has(list)) continue;
    const isDrawer = list.hasAttribute("data-drawer");
    lists.set(list, Sortable.create(list, {
      group: { name: "posts", put: !isDrawer },
      sort: false,
      draggable: "[data-move]",
      filter: "[data-ask-move]",
      preventOnFilter: false,
      delay: 250,
      delayOnTouchOnly: true,
      ghostClass: "is-dragged",
      emptyInsertThreshold: 12,
      onStart: (event) => { dragged = event.item; },
      onMove: ({ to }) => mark(to.closest("[data-day]")),
      onEnd: drop,
    }));
    // A finger is never quite still. Said afterwards: Sortable makes it 1 px where the browser drags by itself.
    lists.get(list).option("touchStartThreshold", 8);
  }
}

function mark(cell) {
  for (const other of document.querySelectorAll(".is-target")) if (other !== cell) other.classList.remove("is-target");
  cell?.classList.add("is-target");
}

async function drop({ item, from, to }) {
  mark(null);
  dragged = null;
  droppedAt = performance.now();
  const cell = to.closest("[data-day]");
  if (from === to || !cell) {
    renewLater();
    return;
  }
  item.classList.add("is-waiting");
  const values = { on: cell.dataset.day };
  if (cell.dataset.hour) values.hour = cell.dataset.hour;
  try {
    await move(addressOf(item.dataset.move), values);
  } finally {
    // Without an answer it stands where nothing put it: as it was, until we know better.
    if (item.isConnected && item.classList.contains("is-waiting")) {
      item.classList.remove("is-waiting");
      from.append(item);
      renewLater();
    }
  }
}

// A long press begins a drag on a touch screen, not the menu of a link.
document.addEventListener("contextmenu", (event) => {
  if (dragged) event.preventDefault();
});

// A click that ends a drag opens nothing.
document.addEventListener("click", (event) => {
  if ((dragged || performance.now() - droppedAt < 100) && event.target.closest?.("#calendar a")) event.preventDefault();
}, true);

// -- Walking -------------------------------------------------------------------------------------------------------------------

const stops = () => [...(home()?.querySelectorAll("[data-cells] [data-stop]") ?? [])].filter((each) => each.checkVisibility());

function keepOneStop() {
  const all = stops();
  if (!all.length) return;
  const current = all.find((each) => each === document.activeElement) ?? all.find((each) => each.closest(".day--today")) ?? all[0];
  for (const each of all) setStop(each, each === current);
}

function setStop(stop, isOn) {
  stop.tabIndex = isOn ? 0 : -1;
  const button = stop.parentElement.querySelector("[data-ask-move]");
  if (button) button.tabIndex = isOn ? 0 : -1;
}

function focusOn(stop) {
  if (!stop) return;
  if (stop.matches("[data-cells] [data-stop]")) for (const each of stops()) setStop(each, each === stop);
  stop.focus({ preventScroll: true });
  stop.scrollIntoView({ block: "nearest", inline: "nearest" });
}

const place = (stop) => {
  const cell = stop.closest("td, th");
  return { row: cell.parentElement.rowIndex, column: cell.cellIndex };
};

function beside(stop, step) {
  const all = stops();
  const here = place(stop);
  const order = all.filter((each) => sameCell(each, stop)).indexOf(stop);
  for (let column = here.column + step; column > 0 && column < 8; column += step) {
    const there = all.filter((each) => place(each).column === column);
    if (!there.length) continue;
    const nearest = Math.min(...there.map((each) => Math.abs(place(each).row - here.row)));
    const cell = there.filter((each) => Math.abs(place(each).row - here.row) === nearest);
    return cell[Math.min(order, cell.length - 1)];
  }
  return null;
}

const sameCell = (one, other) => one.closest("td, th") === other.closest("td, th");

function along(stop, step) {
  const { column } = place(stop);
  const line = stops().filter((each) => place(each).column === column);
  return line[line.indexOf(stop) + step];
}

function edge(stop, isLast) {
  const row = stops().filter((each) => each.closest("tr") === stop.closest("tr") && place(each).column > 0);
  if (!isLast) return row[0];
  const cell = row.at(-1);
  return row.find((each) => sameCell(each, cell));
}

document.addEventListener("keydown", (event) => {
  const stop = event.target.closest?.("#calendar [data-stop]");
  if (!stop || event.altKey || event.metaKey || event.ctrlKey) return;
  let next = null;
  if (stop.closest("[data-cells]")) {
    switch (event.key) {
      case "ArrowRight": next = beside(stop, 1); break;
      case "ArrowLeft": next = beside(stop, -1); break;
      case "ArrowDown": next = along(stop, 1); break;
      case "ArrowUp": next = along(stop, -1); break;
      case "Home": next = edge(stop, false); break;
      case "End": next = edge(stop, true); break;
      case "PageDown": case "PageUp":
        event.preventDefault();
        document.getElementById(event.key === "PageDown" ? "step-on" : "step-back")?.click();
        return;
      default: return;
    }
  } else {
    const all = [...home().querySelectorAll(".days [data-stop]")];
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    next = all[all.indexOf(stop) + (event.key === "ArrowDown" ? 1 : -1)];
  }
  event.preventDefault();
  focusOn(next);
});

const focused = () => document.activeElement?.closest?.("#calendar [data-move]");
register([
  { keys: "v", run: () => ask(focused()), label: words.ask },
  { keys: "t", run: () => document.getElementById("step-today")?.click(), label: words.today },
  { keys: "z", run: () => undo(undoable), label: words.undoKey },
]);
list("← → ↑ ↓", words.walk);
list("PgUp PgDn", words.beside);

function list(keys, label) {
  const help = document.querySelector("#shortcuts .keys");
  if (!help || !label) return;
  const row = document.createElement("div");
  const term = document.createElement("dt");
  for (const part of keys.split(" ")) {
    const key = document.createElement("kbd");
    key.textContent = part;
    term.append(key, " ");
  }
  const shown = document.createElement("dd");
  shown.textContent = label;
  row.append(term, shown);
  help.append(row);
}

// -- Filter --------------------------------------------------------------------------------------------------------------------

document.addEventListener("change", (event) => event.target.closest?.("[data-submit-on-change]")?.requestSubmit());

// -- Fetched anew: focus and scroll stay, and nobody is disturbed in what they are doing -----------------------------------------

const AGAIN = 2000;
let waiting = 0;
const isBusy = () => dragged !== null || home()?.querySelector("details[data-menu][open], .is-waiting") !== null || document.querySelector("dialog[open]") !== null || document.activeElement?.matches?.("#calendar input, #calendar select") === true;
const isNowhere = () => document.activeElement === document.body || document.activeElement === null;

function renewLater() {
  waiting ||= setTimeout(() => {
    waiting = 0;
    if (home()) window.htmx.trigger(home(), "live");
  }, AGAIN);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig?.triggeringEvent?.type !== "live" || event.target !== home() || !isBusy()) return;
  event.preventDefault();
  renewLater();
});

let held = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  // While the answer was under way, somebody began to drag or to type.
  if (event.target === home() && event.detail.requestConfig?.triggeringEvent?.type === "live" && isBusy()) {
    event.detail.shouldSwap = false;
    renewLater();
    return;
  }
  held = document.activeElement?.closest?.("#calendar") ? document.activeElement : null;
  held = held && { id: held.id, post: held.closest("[id^=planned-]")?.id, day: held.closest("[data-day]")?.dataset.day, isMove: held.matches("[data-ask-move]") };
});
document.addEventListener("htmx:afterSettle", () => {
  if (!home()) return;
  document.title = `${home().dataset.title} · Balie`;
  startDragging();
  keepOneStop();
  if (!held || !isNowhere()) return;
  const post = held.post && document.getElementById(held.post);
  const day = held.day && home().querySelector(`[data-day="${held.day}"] [data-stop]`);
  const found = (held.id && document.getElementById(held.id)) || (post && post.querySelector(held.isMove ? "[data-ask-move]" : "a")) || day || home().querySelector("[data-stop][tabindex='0']");
  found?.focus({ preventScroll: true });
});

// A calendar opens at today and at this hour; where a fragment or the way back leads elsewhere, it stays there.
function showNow() {
  const main = document.querySelector(".main");
  if (!home() || !main || main.scrollTop || location.hash) return;
  const now = home().querySelector(".hours__now, .month .day--today");
  if (!now) return;
  const { bottom } = now.getBoundingClientRect();
  if (bottom > main.getBoundingClientRect().bottom) now.scrollIntoView({ block: "nearest" });
  const frame = now.closest(".frame");
  const today = frame.querySelector("thead .day--today");
  if (today && frame.scrollWidth > frame.clientWidth) frame.scrollLeft = today.offsetLeft - today.parentElement.cells[0].offsetWidth;
}

startDragging();
keepOneStop();
showNow();
