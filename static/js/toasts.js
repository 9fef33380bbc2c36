// Short messages at the edge of the page. Good news goes after 6 s (not while pointed at or focused); errors stay.
import { isSignedOut } from "./session.js";

const STAYS = 6000;
const words = document.getElementById("words")?.dataset ?? {};

// A server can send one too: HX-Trigger: {"balie:toast": {"text": "…", "level": "error"}}. With
// "action": {"label": "…", "event": "…", "detail": …} there is a button in it that sends that event to the document.
export function toast(text, level = "success", action = null) {
  const isError = level === "error";
  const home = document.getElementById(isError ? "alerts" : "toasts");
  const template = document.getElementById(isError ? "toast-error" : "toast-success");
  if (!home || !template) return;
  const shown = template.content.firstElementChild.cloneNode(true);
  shown.querySelector("span").textContent = text;
  if (action) shown.append(button(action));
  for (const same of home.querySelectorAll(".toast")) if (same.querySelector("span")?.textContent === text) same.remove();
  home.append(shown);
  if (!isError) expire(shown);
}

function button({ label, event, detail }) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.textContent = label;
  made.addEventListener("click", () => {
    made.closest(".toast")?.remove();
    document.dispatchEvent(new CustomEvent(event, { detail }));
  });
  return made;
}

function expire(shown) {
  let timer;
  const start = () => { timer = setTimeout(() => shown.remove(), STAYS); };
  const stop = () => clearTimeout(timer);
  shown.addEventListener("pointerenter", stop);
  shown.addEventListener("focusin", stop);
  shown.addEventListener("pointerleave", start);
  shown.addEventListener("focusout", start);
  start();
}

document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast")?.remove());
document.addEventListener("balie:toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.level, event.detail.action));

const isLive = (event) => event.detail.requestConfig?.triggeringEvent?.type === "live";

// A live update that fails says nothing: the connection banner does, and the next one heals it.
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (isSignedOut(status) || isLive(event)) return;
  toast(status === 503 || status === 502 ? words.offline : words.failed, "error");
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => { if (!isLive(event)) toast(words.offline, "error"); });
}

for (const shown of document.querySelectorAll("#toasts .toast")) expire(shown);
