// The inbox: what its links, its keys and what somebody did lead to. Pages of the inbox start here.
import { focusComposer } from "./composer.js";
import { pkOf, query, rove, rowOf, rows, scroller } from "./list.js";
import { close, ONE_PANE, open, openNext, started, step } from "./opening.js";
import { restorePanes, showSide } from "./panes.js";
import { refreshUnlessLive } from "./refreshing.js";
import { register, whenThere } from "./shortcuts.js";
import { leaveUnread, openPk, pane, toBottom } from "./thread.js";

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

if (pane) {
  register([
    { keys: "j", run: () => step(1) },
    { keys: "k", run: () => step(-1) },
    { keys: "o", run: () => { const row = document.activeElement.closest(".row__link") ?? rows().find((each) => each.tabIndex === 0); if (row) open(row.dataset.row, { focus: "thread" }); } },
    { keys: "u", run: () => close() },
    { keys: "Escape", run: () => { if (document.body.classList.contains("has-open")) close(); } },
    { keys: "r", run: () => whenThere(focusComposer) },
  ]);
}

document.addEventListener("balie:acted", (event) => {
  const { action, conversation } = event.detail;
  const pk = String(conversation ?? "");
  refreshUnlessLive(["list", "deliveries"]);
  if (!pane || pk !== openPk()) return;
  // The answer comes before its fragment does: while a dialog is open nothing behind it takes the focus.
  for (const dialog of document.querySelectorAll("#header dialog[open]")) dialog.close();
  if (action === "resolve" || action === "snooze") openNext(pk);
  if (action === "unread") {
    leaveUnread(pk);
    close();
  }
  if (action === "reply") requestAnimationFrame(() => requestAnimationFrame(toBottom));
});

document.addEventListener("htmx:afterSettle", () => {
  for (const dialog of document.querySelectorAll("dialog[data-show]:not([open])")) {
    dialog.removeAttribute("data-show");
    dialog.showModal();
  }
  showSide();
  rove();
});

if (pane) {
  history.replaceState({ inbox: openPk() }, "");
  restorePanes();
  rove();
  if (openPk()) {
    started();
    rowOf(openPk())?.scrollIntoView({ block: "center" });
  }
}
