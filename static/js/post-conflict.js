// Two people wrote in the same field of a post: both texts are shown, and nothing is kept until somebody chose. What is not chosen
// stays at hand.
import { backUp, fill, forget, formNamed, isDirty, root, same, stateOf, values, words } from "./post-forms.js";
import { plan, save, say } from "./post-saving.js";

// Both changed the same: nothing is kept until somebody chose.
export function clash(form, theirs) {
  const state = stateOf(form);
  state.conflict = { theirs, mine: values(form) };
  const box = document.getElementById("post-conflict");
  box.dataset.form = form.dataset.name;
  box.querySelector("[data-conflict-words]").textContent = words.both.replace("%s", root.dataset.editor);
  const differing = Object.keys(theirs).filter((name) => theirs[name] !== state.conflict.mine[name]);
  const shown = (given) => differing.map((name) => String(given[name] ?? "")).join("\n\n");
  box.querySelector("[data-mine]").textContent = shown(state.conflict.mine);
  box.querySelector("[data-theirs]").textContent = shown(theirs);
  box.querySelector("[data-both]").hidden = false;
  box.querySelector("[data-choices]").hidden = false;
  box.querySelector("[data-undo]").hidden = true;
  box.hidden = false;
  say(words.unsaved, true);
}

let dropped = null;
function settle(isMine) {
  const box = document.getElementById("post-conflict");
  const form = formNamed(box.dataset.form);
  const state = form && stateOf(form);
  if (!state?.conflict) return;
  const { theirs } = state.conflict;
  state.base = state.sent = theirs;
  state.conflict = null;
  if (isMine) {
    box.hidden = true;
    save(form);
  } else {
    // What was typed stays at hand.
    dropped = { name: form.dataset.name, mine: values(form) };
    fill(form, theirs);
    forget(form);
    box.querySelector("[data-choices]").hidden = true;
    box.querySelector("[data-undo]").hidden = false;
    say(words.saved);
  }
  document.dispatchEvent(new CustomEvent("balie:typed"));
  const next = form.querySelector("textarea");
  if (isMine) next?.focus();
  else box.querySelector("[data-put-back]").focus();
}

function putBack() {
  const form = dropped && formNamed(dropped.name);
  document.getElementById("post-conflict").hidden = true;
  if (form) {
    fill(form, dropped.mine);
    form.querySelector("textarea")?.focus();
    backUp(form);
    plan(form, 0);
    document.dispatchEvent(new CustomEvent("balie:typed"));
  }
  dropped = null;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keep-mine]")) settle(true);
  if (event.target.closest("[data-take-theirs]")) settle(false);
  if (event.target.closest("[data-put-back]")) putBack();
  if (event.target.closest("[data-forget]")) { document.getElementById("post-conflict").hidden = true; dropped = null; }
});

// What somebody else made of a field while the caret stood in it.
export function takeWaiting(form) {
  const state = stateOf(form);
  const { waiting } = state;
  state.waiting = null;
  if (!waiting) return;
  if (isDirty(form)) {
    if (!same(values(form), waiting)) clash(form, waiting);
    return;
  }
  fill(form, waiting);
  state.sent = state.base = waiting;
}
