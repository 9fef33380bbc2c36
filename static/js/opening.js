// Opening a conversation beside the list and closing it again, with the address and the title that go with it.
import { keepDrafts, startComposer } from "./composer.js";
import { addressOf, focusRow, mark, rowAfter, rowBeside, rowOf, rows, rowThere } from "./list.js";
import { restorePanes } from "./panes.js";
import { signedFetch } from "./session.js";
import { replaceSoon } from "./shortcuts.js";
import { leaveUnread, messages, openPk, pane, planRead, toBottom, watchSize } from "./thread.js";
import { toast } from "./toasts.js";

export const ONE_PANE = matchMedia("(max-width: 599px)");
const general = document.getElementById("words")?.dataset ?? {};

let opening = null;

export function open(pk, options = {}) {
  const shown = show(pk, options);
  replaceSoon(shown);
  return shown;
}

// True once it is shown.
async function show(pk, { push = true, focus = "" }) {
  const url = addressOf(pk);
  opening?.abort();
  document.getElementById("thread")?.removeAttribute("data-leaving");
  if (pk !== openPk()) {
    keepDrafts();
    opening = new AbortController();
    const { signal } = opening;
    mark(pk);
    document.getElementById("thread")?.setAttribute("data-leaving", "");
    const waiting = setTimeout(() => pane.classList.add("is-loading"), 300);
    try {
      const response = await signedFetch(url, { headers: { "HX-Request": "true" }, signal });
      if (!response.ok) throw new Error(String(response.status));
      const html = await response.text();
      if (signal.aborted) return false;
      document.getElementById("thread")?.remove();
      pane.insertAdjacentHTML("afterbegin", html);
      window.htmx.process(pane);
    } catch (error) {
      if (error.name !== "AbortError") {
        toast(general.failed, "error");
        mark(openPk());
        document.getElementById("thread")?.removeAttribute("data-leaving");
      }
      return false;
    } finally {
      clearTimeout(waiting);
      pane.classList.remove("is-loading");
    }
    leaveUnread("");
  }
  document.body.classList.add("has-open");
  document.body.classList.remove("side-open");
  if (push) history.pushState({ inbox: pk }, "", url);
  started();
  if (focus === "thread") messages()?.focus({ preventScroll: true });
  return true;
}

export function close({ push = true } = {}) {
  const pk = openPk();
  keepDrafts();
  opening?.abort();
  document.getElementById("thread")?.remove();
  document.body.classList.remove("has-open", "side-open");
  mark("");
  if (push) history.pushState({ inbox: "" }, "", addressOf(""));
  document.title = document.getElementById("list-title").textContent.trim() + " · Balie";
  const row = (pk && rowOf(pk)) || rowThere();
  if (row) focusRow(row);
}

export function started() {
  mark(openPk());
  restorePanes();
  startComposer();
  toBottom();
  watchSize();
  document.title = `${document.getElementById("header").dataset.title} · Balie`;
  planRead();
}

export function step(by) {
  const row = rowBeside(openPk(), by);
  if (!row) return;
  focusRow(row);
  if (row === rows().at(-1)) document.querySelector("#more a")?.scrollIntoView({ block: "nearest" });
  if (document.body.classList.contains("has-open") && !ONE_PANE.matches) open(row.dataset.row);
}

export function openNext(pk) {
  const next = rowAfter(pk);
  if (ONE_PANE.matches || !next) {
    close();
    return;
  }
  open(next.dataset.row);
  focusRow(next);
}
