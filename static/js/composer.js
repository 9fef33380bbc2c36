// The composer: what is typed is kept, counted and sent once. The server keeps the drafts and judges what may be sent.
import { signedFetch } from "./session.js";
import { weightedLength } from "./weighted-length.js";

const SAVE_AFTER = 1000;
const RETRY_AFTER = 5000;
const ROOMY = 500; // more left than this needs no counting
const NEAR = 20;
const MINUTE = 60_000;

// As each platform counts: X weighs, Facebook counts UTF-16 units, the others characters.
const LENGTHS = { weighted: weightedLength, utf16: (text) => text.length, plain: (text) => [...text].length };

const states = new WeakMap();
const composer = () => document.getElementById("composer");
const forms = () => [...document.querySelectorAll("#composer form.answer")];
const field = (form) => form.querySelector("textarea");
const words = () => composer()?.querySelector("[data-words]")?.dataset ?? {};
const backupKey = (form) => `balie:typed:${composer().dataset.conversation}:${form.dataset.mode}`;
const backup = {
  get: (form) => { try { return sessionStorage.getItem(backupKey(form)); } catch { return null; } },
  set: (form, text) => { try { sessionStorage.setItem(backupKey(form), text); } catch { /* full or forbidden: the server still has it */ } },
  drop: (form) => { try { sessionStorage.removeItem(backupKey(form)); } catch { /* nothing to drop */ } },
};

export const hasText = () => forms().some((form) => field(form).value.trim() !== "");

export function startComposer() {
  const found = forms();
  for (const form of found) {
    if (states.has(form)) continue; // somebody is at it already
    const text = field(form);
    const isFresh = composer().hasAttribute("data-sent");
    states.set(form, { version: Number(form.dataset.version), saved: text.value, url: composer().dataset.draftUrl, timer: 0, inFlight: null, isSending: false, conflict: null });
    if (isFresh) backup.drop(form);
    const typed = backup.get(form);
    // Typed in this tab and not yet kept when the page went away.
    if (typed && typed !== text.value) {
      text.value = typed;
      plan(form, 0);
    }
    if (text.getAttribute("aria-invalid")) plan(form, 0);
    count(form);
  }
  const here = found.find((form) => form.contains(document.activeElement));
  if (found.length > 1) choose(here ?? found.find((form) => field(form).getAttribute("aria-invalid")) ?? found.find((form) => field(form).value.trim()) ?? found[0]);
  tick();
}

// -- Drafts ------------------------------------------------------------------------------------------------------------------

function plan(form, after = SAVE_AFTER) {
  const state = states.get(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(form), after);
}

async function save(form, options = {}) {
  const state = states.get(form);
  if (!state || state.conflict || state.isSending) return;
  clearTimeout(state.timer);
  if (state.inFlight) {
    await state.inFlight;
    if (state.isSending) return;
  }
  if (field(form).value === state.saved) {
    backup.drop(form);
    return;
  }
  state.inFlight = send(form, state, options);
  await state.inFlight;
  state.inFlight = null;
}

async function send(form, state, options) {
  const text = field(form).value;
  say(form, words().saving);
  try {
    const body = new URLSearchParams({ mode: form.dataset.mode, text, version: String(state.version) });
    const response = await signedFetch(state.url, { method: "POST", body, ...options });
    if (!response.ok && response.status !== 409) throw new Error(String(response.status));
    const kept = await response.json();
    // The same may have been kept already, by a page that went away before it heard so.
    if (response.status === 409 && kept.text !== text) {
      state.conflict = kept;
      say(form, "");
      showConflict(form, kept.text);
      return;
    }
    state.version = kept.version;
    state.saved = text;
    say(form, text.trim() ? words().saved : "");
    if (form.isConnected && field(form).value === text) backup.drop(form);
  } catch {
    say(form, words().unsaved);
    if (form.isConnected) plan(form, RETRY_AFTER);
  }
}

function say(form, text) {
  const line = form.querySelector("[data-saved]");
  if (line) line.textContent = text ?? "";
}

function showConflict(form, text) {
  const panel = form.querySelector("[data-conflict]");
  panel.querySelector("blockquote").textContent = text;
  panel.hidden = false;
}

function settleConflict(form, isTaken) {
  const state = states.get(form);
  const { text, version } = state.conflict;
  state.conflict = null;
  state.version = version;
  state.saved = text;
  if (isTaken) field(form).value = text;
  form.querySelector("[data-conflict]").hidden = true;
  field(form).focus();
  count(form);
  save(form);
}

// Leaving the conversation or the page: what is not kept yet is sent along, also while the page goes away.
export function keepDrafts() {
  for (const form of forms()) {
    const state = states.get(form);
    if (state && !state.isSending && field(form).value !== state.saved) save(form, { keepalive: true });
  }
}
addEventListener("pagehide", keepDrafts);
document.addEventListener("visibilitychange", () => { if (document.hidden) keepDrafts(); });
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("form.answer");
  if (form && event.target.matches("textarea")) save(form);
});

/** What is typed goes along into `other`, the composer made anew. False where it has no place there any more. */
export function carryOver(other) {
  for (const form of forms()) {
    const place = other.querySelector(`#${form.id} textarea`);
    if (place) place.value = field(form).value;
    else if (field(form).value.trim() || document.activeElement === field(form)) return false;
  }
  return true;
}

// -- Typing and counting -------------------------------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form.answer");
  if (!form || !event.target.matches("textarea")) return;
  backup.set(form, event.target.value);
  count(form);
  plan(form);
});

function count(form) {
  const line = form.querySelector("[data-count]");
  const max = Number(form.dataset.max);
  if (!line || !max) return;
  const text = field(form).value.trim();
  const left = max - LENGTHS[form.dataset.counter](text);
  const isShown = text && left < Math.min(ROOMY, max);
  line.textContent = isShown ? (left < 0 ? words().over.replace("%d", -left) : words().left.replace("%d", left)) : "";
  line.classList.toggle("is-near", left >= 0 && left <= NEAR);
  line.classList.toggle("is-over", left < 0);
}

// How long the platform still takes an answer.
function tick() {
  for (const shown of document.querySelectorAll("#composer [data-until]")) {
    const left = new Date(shown.dataset.until) - Date.now();
    const minutes = Math.floor(left / MINUTE);
    const hours = Math.floor(minutes / 60);
    const text = left <= 0 ? words().closed
      : hours >= 48 ? words().days.replace("%d", Math.floor(hours / 24)).replace("%h", hours % 24)
        : words().hours.replace("%h", hours).replace("%m", minutes % 60);
    shown.querySelector("span").textContent = text;
    shown.classList.toggle("is-short", hours < 3);
  }
}
setInterval(tick, MINUTE / 2);

export function tellNewMessage() {
  const notice = document.querySelector("#composer [data-new-message]");
  if (notice && hasText()) notice.hidden = false;
}

export function focusComposer() {
  const form = forms().find((each) => !each.hidden);
  if (form) field(form).focus();
}

// -- Tabs ----------------------------------------------------------------------------------------------------------------------

const tabOf = (form) => document.getElementById(`tab-${form.dataset.mode}`);
const formOf = (tab) => document.getElementById(tab.getAttribute("aria-controls")).closest("form");

function choose(chosen) {
  for (const form of forms()) {
    const isChosen = form === chosen;
    form.hidden = !isChosen;
    const tab = tabOf(form);
    if (!tab) continue;
    tab.ariaSelected = String(isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
  }
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("#composer [role=tab]");
  if (tab) {
    const form = formOf(tab);
    choose(form);
    if (event.detail) field(form).focus();
  }
  const form = event.target.closest?.("form.answer");
  if (event.target.closest?.("[data-take]")) settleConflict(form, true);
  if (event.target.closest?.("[data-keep]")) settleConflict(form, false);
  if (event.target.closest?.("[data-show-new]")) {
    event.target.closest("[data-new-message]").hidden = true;
    const messages = document.getElementById("messages");
    messages.scrollTop = messages.scrollHeight;
    messages.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("#composer [role=tab]");
  if (tab && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    const all = forms().map(tabOf);
    const next = all[(all.indexOf(tab) + (event.key === "ArrowRight" ? 1 : all.length - 1)) % all.length];
    choose(formOf(next));
    next.focus();
    event.preventDefault();
  }
  if (!event.target.matches?.("form.answer textarea")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
    event.preventDefault();
    const form = event.target.form;
    const button = form.querySelector("[type=submit]");
    if (button && !button.disabled) form.requestSubmit(button);
  }
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    document.getElementById("messages")?.focus();
  }
});

// -- Sending ---------------------------------------------------------------------------------------------------------------------

// A draft that is still on its way would come back after the answer was sent: it goes first.
document.addEventListener("htmx:confirm", async (event) => {
  const form = event.detail.elt.closest?.("form.answer");
  const state = form && states.get(form);
  if (!state || event.detail.verb === "get") return;
  event.preventDefault();
  if (state.isSending) return;
  state.isSending = true;
  clearTimeout(state.timer);
  await state.inFlight;
  state.sent = field(form).value;
  event.detail.issueRequest(true);
});

document.addEventListener("htmx:afterRequest", (event) => {
  // Its own element has left the page by then, when the answer was taken.
  const form = event.detail.requestConfig?.elt.closest("form.answer");
  const state = form && states.get(form);
  if (!state) return;
  state.isSending = false;
  if (event.detail.successful) {
    state.saved = field(form).value;
    backup.drop(form);
    goOnWith(form, field(form).value.startsWith(state.sent) ? field(form).value.slice(state.sent.length) : "");
  } else if (form.isConnected) {
    plan(form);
  }
});

// Who typed on while the answer was on its way is in the middle of the next one.
function goOnWith(form, typed) {
  const next = document.getElementById(form.id);
  if (!next || next === form || !typed.trim() || field(next).value) return;
  if (tabOf(next)) choose(next);
  const text = field(next);
  text.value = typed.trimStart();
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "composer" && event.target.id !== "composer") return;
  startComposer();
  const wrong = document.querySelector("#composer textarea[aria-invalid]");
  if (wrong) {
    wrong.focus();
    wrong.setSelectionRange(wrong.value.length, wrong.value.length);
  } else if (composer()?.hasAttribute("data-sent")) {
    document.getElementById("messages")?.focus({ preventScroll: true });
  }
});
