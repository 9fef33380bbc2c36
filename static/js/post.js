// The page of a post: what is typed is kept (post-saving.js), shown as each platform will, and never lost to somebody else's change
// (post-refresh.js, post-conflict.js).
import { clash } from "./post-conflict.js";
import { backUp, fields, follow, forms, isDirty, page, root, same, stateOf, words } from "./post-forms.js";
import { registerPicker } from "./post-pictures.js";
import { put, refresh } from "./post-refresh.js";
import { adopt, flush, plan, queue, readJson, save } from "./post-saving.js";
import { signedFetch } from "./session.js";
import { register } from "./shortcuts.js";
import { toast } from "./toasts.js";

const PREVIEW_AFTER = 300;
const MOMENT_AFTER = 1200;

// -- Previews while typing -------------------------------------------------------------------------------------------------------

let previewTimer = 0;
let asking = null;
function planPreviews() {
  clearTimeout(previewTimer);
  previewTimer = setTimeout(showPreviews, PREVIEW_AFTER);
}

async function showPreviews() {
  clearTimeout(previewTimer);
  if (!document.getElementById("variants")) return;
  asking?.abort();
  asking = new AbortController();
  const body = new URLSearchParams();
  for (const form of forms()) {
    for (const field of fields(form)) {
      if (field.type !== "checkbox" || field.checked) body.set(`${form.dataset.name}-${field.name}`, field.value);
    }
  }
  try {
    const response = await fetch(root.dataset.preview, { method: "POST", body, signal: asking.signal, headers: { "X-Requested-With": "fetch", "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content } });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const each of fresh.querySelectorAll("[id^=preview-].preview")) put(each.id, fresh);
    put("counts", fresh);
  } catch { /* the next keystroke asks again */ }
}

// -- Typing ----------------------------------------------------------------------------------------------------------------------

const autosaveOf = (target) => (target.form?.hasAttribute("data-autosave") ? target.form : null);

document.addEventListener("balie:typed", () => showPreviews());

document.addEventListener("input", (event) => {
  const form = autosaveOf(event.target);
  if (!form || !stateOf(form)) return;
  backUp(form);
  if (event.target.type === "checkbox" || event.target.localName === "select") return; // "change" follows at once
  plan(form);
  planPreviews();
});

document.addEventListener("change", (event) => {
  const form = autosaveOf(event.target);
  if (form) {
    beginOwn(event.target, form);
    save(form);
    planPreviews();
  }
  const moment = event.target.closest("form[data-moment]");
  if (moment) planMoment(moment);
  const atOnce = event.target.closest("form[data-at-once]");
  if (atOnce && event.target.type === "checkbox") perform(atOnce);
});

document.addEventListener("focusout", (event) => {
  const form = event.target.form ? autosaveOf(event.target) : null;
  if (form && event.relatedTarget?.form !== form) save(form);
  const moment = event.target.closest?.("form[data-moment]");
  if (moment && !moment.contains(event.relatedTarget)) keepMoment(moment);
});

// Words of its own begin as those of all.
function beginOwn(box, form) {
  const own = { has_own_text: ["text", "post-text"], has_own_link: ["link", "post-link"] }[box.name];
  if (!own || !box.checked) return;
  const field = form.elements[own[0]];
  if (field && !field.value) field.value = document.getElementById(own[1])?.value ?? "";
  field?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cut]");
  const field = button && document.getElementById(button.dataset.cut);
  if (!field) return;
  field.focus();
  const at = field.selectionEnd;
  const before = field.value.slice(0, at).replace(/\s+$/, "");
  field.setRangeText(`${before ? "\n" : ""}---\n`, before.length, at, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// -- Moment ----------------------------------------------------------------------------------------------------------------------

let momentTimer = 0;
function planMoment(form) {
  clearTimeout(momentTimer);
  momentTimer = setTimeout(() => keepMoment(form), MOMENT_AFTER);
}

const keptMoments = new WeakMap();
function keepMoment(form) {
  clearTimeout(momentTimer);
  const { day, time } = form.elements;
  const now = new URLSearchParams(new FormData(form));
  now.delete("csrfmiddlewaretoken");
  const said = now.toString();
  const known = keptMoments.get(form) ?? momentAtFirst;
  // Half a date is not a moment yet; nor is a year that is still being typed.
  if (said === known || Boolean(day.value) !== Boolean(time.value) || (day.value && day.value < "2000")) return;
  keptMoments.set(form, said);
  queue(async () => {
    const response = await signedFetch(form.action, { method: "POST", body: now });
    const answer = await readJson(response);
    document.querySelector("[data-moment-said]").textContent = answer.said ?? answer.error ?? "";
    document.querySelector("[data-moment-said]").classList.toggle("is-wrong", !response.ok);
    if (response.ok) setTimeout(refresh);
  });
}
document.addEventListener("balie:flush", () => { const form = document.querySelector("form[data-moment]"); if (form) keepMoment(form); });
const firstMoment = document.querySelector("form[data-moment]");
const momentAtFirst = firstMoment ? (() => { const said = new URLSearchParams(new FormData(firstMoment)); said.delete("csrfmiddlewaretoken"); return said.toString(); })() : "";

// -- What happens at once --------------------------------------------------------------------------------------------------------

async function perform(form, submitter = null) {
  await ask(form.action, new URLSearchParams(new FormData(form, submitter)));
  const pressed = submitter?.id;
  if (pressed && document.activeElement === document.body) stayNear(pressed);
}

// One after the other, each with the revision that the one before it made: whoever ticks three channels at once means all three.
let asked = Promise.resolve();
function ask(address, body) {
  page.asking += 1;
  asked = asked.then(() => askNow(address, body));
  return asked;
}

async function askNow(address, body) {
  await flush();
  body.set("revision", String(page.revision));
  try {
    const response = await signedFetch(address, { method: "POST", body });
    const answer = await readJson(response);
    if (answer.revision !== undefined) adopt(answer.revision);
    if (answer.error) toast(answer.error, "error");
    else if (answer.said) toast(answer.said);
  } catch {
    toast(document.getElementById("words").dataset.offline, "error");
  }
  page.asking -= 1;
  if (!page.asking) await refresh(); // else it would untick what is still to be sent
}

// What was pressed moved along, can go no further, or is gone.
function stayNear(id) {
  const pk = id.replace(/^\D+/, "");
  const near = [id, `up-${pk}`, `down-${pk}`, "pick"].map((each) => document.getElementById(each));
  near.find((each) => each && !each.disabled)?.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.matches("[data-autosave]")) {
    event.preventDefault();
    save(form);
  } else if (form.matches("[data-at-once]")) {
    event.preventDefault();
    perform(form, event.submitter);
  } else if (form.matches("[data-moment]")) {
    event.preventDefault();
    keepMoment(form);
  } else if (form.matches("[data-leaves]") && !form.dataset.isKept) {
    event.preventDefault();
    await flush();
    form.dataset.isKept = "yes";
    form.requestSubmit(event.submitter ?? undefined);
  }
});

// Before anything else is asked of the server (submit, approve): what was typed goes first.
document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.verb === "get" || event.detail.question || event.detail.isKept) return;
  event.preventDefault();
  flush().then(() => {
    // Nobody is asked to judge other words than those on the screen.
    const isKept = forms().every((form) => !isDirty(form) && !stateOf(form)?.conflict);
    if (isKept || !event.detail.elt.closest("#approval")) event.detail.issueRequest(true);
    else toast(words.unkept, "error");
  });
});
document.body.addEventListener("htmx:afterRequest", (event) => { if (event.detail.requestConfig?.verb !== "get") setTimeout(refresh); });

// Ctrl+Enter does what comes next: submit, or approve.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || document.querySelector("dialog[open]")) return;
  const comment = event.target.closest?.("[data-submit-key]");
  if (comment && event.target.value?.trim()) {
    event.preventDefault();
    comment.requestSubmit();
    return;
  }
  if (!document.querySelector("[data-next]")) return;
  event.preventDefault();
  // What it still waits for may be what was typed or ticked a moment ago.
  if (!goOn() && (page.asking || forms().some(isDirty))) asked.then(flush).then(() => refresh()).then(goOn);
});
function goOn() {
  const next = document.querySelector("[data-next]:not(:disabled)");
  next?.click();
  return Boolean(next);
}

// What comes next stands in the panel of the approval, and within reach at the top.
function showNext() {
  const [go, next] = [document.getElementById("post-go"), document.querySelector("#approval [data-next]")];
  if (!go) return;
  go.querySelector("span").textContent = next ? next.textContent.trim() : go.dataset.words;
  go.classList.toggle("button--primary", Boolean(next) && !next.disabled);
}
document.addEventListener("balie:refreshed", showNext);
document.addEventListener("htmx:afterSettle", showNext);
document.addEventListener("click", (event) => {
  const next = event.target.closest("#post-go") && document.querySelector("#approval [data-next]:not(:disabled)");
  if (!next) return;
  // On a phone the panel with what comes of it is another pane: go there too.
  if (!document.querySelector(".post__panes")?.checkVisibility()) event.preventDefault();
  next.click();
});
showNext();

// Which pane a phone shows, for who hears it: what is not the writing nor beside it, is what the address names.
function tellPane() {
  const { hash } = location;
  const named = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
  const shown = named?.closest("#post-talk, #post-show") ?? document.getElementById("post-write");
  for (const link of document.querySelectorAll("[data-pane]")) {
    if (link.hash === `#${shown?.id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
window.addEventListener("hashchange", tellPane);
document.addEventListener("balie:refreshed", tellPane);
tellPane();

// What was typed to colleagues and not sent yet waits in this tab.
const draftKey = `balie:post:${root.dataset.post}:comment`;
document.addEventListener("input", (event) => {
  if (event.target.id !== "comment-text") return;
  try { sessionStorage.setItem(draftKey, event.target.value); } catch { /* full or forbidden */ }
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.elt.closest?.("#comments, #comment-form")) sessionStorage.removeItem(draftKey);
});
const comment = document.getElementById("comment-text");
if (comment && !comment.value) comment.value = sessionStorage.getItem(draftKey) ?? "";

for (const form of forms()) {
  const base = follow(form);
  if (!base) continue;
  if (same(base, stateOf(form).base)) plan(form, 0);
  else clash(form, stateOf(form).base);
}
registerPicker(root, (item, target) => ask(document.getElementById("picker-items").dataset.add, new URLSearchParams({ item, target })));
register([{ keys: "$mod+Enter", label: words.submit, run: () => {} }]);
