// Keeping what is typed on the page of a post: a second after the last key, on leaving a field, before anything else is asked, and
// when the page goes away. One form after the other, each with the revision that this page has seen.
import { takeWaiting } from "./post-conflict.js";
import { backUp, fields, forget, forms, isDirty, page, stateOf, values, words } from "./post-forms.js";
import { fetchPage, refresh } from "./post-refresh.js";
import { signedFetch } from "./session.js";
import { toast } from "./toasts.js";

const SAVE_AFTER = 1000;
const RETRY_AFTER = 5000;

let saving = Promise.resolve();
let retry = 0;

/** `work` after everything that is being kept. */
export function queue(work) {
  saving = saving.then(work).catch(() => {});
  return saving;
}

export function plan(form, after = SAVE_AFTER) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(form), after);
}

export function save(form, options = {}) {
  clearTimeout(stateOf(form)?.timer);
  return queue(() => send(form, options));
}

async function send(form, options, isSecond = false) {
  const state = stateOf(form);
  if (!state || !form.isConnected) return;
  takeWaiting(form);
  if (state.conflict || !isDirty(form)) return;
  const sent = values(form);
  say(words.saving);
  const body = new FormData(form);
  body.set("revision", String(page.revision));
  let response;
  try {
    response = await signedFetch(form.action, { method: "POST", body: new URLSearchParams(body), ...options });
  } catch {
    say(words.unsaved, true);
    again();
    return;
  }
  const answer = await readJson(response);
  if (response.status === 409 && !isSecond) {
    // Somebody was first: see what it is, and keep ours when it is about something else.
    await fetchPage();
    await send(form, options, true);
    return;
  }
  if (answer.revision === undefined) {
    if (response.status >= 500 || response.status === 409) again();
    else toast(answer.error ?? words.wrong, "error");
    say(words.unsaved, true);
    return;
  }
  adopt(answer.revision);
  page.keptAt = performance.now();
  state.sent = sent;
  state.base = answer.values ? { ...sent, ...answer.values } : sent;
  tellErrors(form, answer.errors ?? {});
  if (response.status === 422) say(words.wrong, true);
  else {
    say(words.saved);
    if (!isDirty(form)) forget(form);
  }
  if (!form.contains(document.activeElement) || form.querySelector("[name=has_own_pictures]")) setTimeout(refresh);
}

export const readJson = async (response) => { try { return await response.json(); } catch { return {}; } };

// One step further is ours. More than one: somebody else's is among them, and the next time that we keep something shows it.
export function adopt(given) {
  if (given === page.revision + 1) page.revision = given;
}

function again() {
  clearTimeout(retry);
  retry = setTimeout(() => { for (const form of forms()) if (isDirty(form)) save(form); }, RETRY_AFTER);
}

export function say(text, isWrong = false) {
  const line = document.getElementById("post-saved");
  if (!line) return;
  line.textContent = text ?? "";
  line.classList.toggle("is-wrong", isWrong);
}

function tellErrors(form, errors) {
  for (const field of fields(form)) {
    const line = document.getElementById(`error-${field.id}`);
    const said = errors[field.name]?.[0] ?? "";
    if (said) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (!line) continue;
    line.hidden = !said;
    line.textContent = said;
    if (said) field.setAttribute("aria-describedby", line.id);
    else if (field.getAttribute("aria-describedby") === line.id) field.removeAttribute("aria-describedby");
  }
}

/** All that was typed, on its way to the server, in order. */
export async function flush() {
  for (const form of forms()) if (isDirty(form)) save(form);
  document.dispatchEvent(new CustomEvent("balie:flush"));
  await saving;
}

function leave() {
  for (const form of forms()) if (isDirty(form)) { backUp(form); save(form, { keepalive: true }); }
}
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
