// What somebody else did with a post, or what was done with it here: the page is fetched again from its own address, and put in place
// part by part. A field in which somebody types, and what is unfolded or open, stays as it is.
import { clash } from "./post-conflict.js";
import { isOutdated } from "./live.js";
import { fields, fill, follow, forms, isDirty, isTyping, page, root, same, stateOf, states, values, words } from "./post-forms.js";
import { queue } from "./post-saving.js";

const OWN_ECHO = 1500;
const PARTS = ["post-facts", "post-locked", "moment-words", "moment", "approval", "comments", "versions", "warnings", "besttime", "unseen"];

let queued = null;
let isTold = false;
/** Fetch the page again and put in place what changed, except where somebody types. Never while something is being kept: what comes
 * back would be from before. Asked for twice before it begins, it is done once. */
export function refresh({ isQuiet = true } = {}) {
  isTold ||= !isQuiet;
  queued ??= queue(() => {
    const options = { isQuiet: !isTold };
    queued = null;
    isTold = false;
    return fetchPage(options);
  });
  return queued;
}

/** The same at once, for who is keeping something already. */
export async function fetchPage({ isQuiet = true } = {}) {
  const asked = performance.now();
  const response = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
  if (!response.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (isOutdated(asked)) return fetchPage({ isQuiet });
  const other = fresh.getElementById("post");
  if (!other) return;
  // Approved, published or taken away meanwhile: another page than this one.
  if (other.dataset.writes !== root.dataset.writes && !forms().some(isDirty)) {
    becomeAnother(other);
    if (root.dataset.writes !== other.dataset.writes) return;
  }
  const given = Number(fresh.querySelector("[data-revision]")?.value ?? page.revision);
  if (given < page.revision) return;
  root.dataset.editor = other.dataset.editor;
  merge(fresh);
  for (const id of PARTS) put(id, fresh);
  putVariants(fresh);
  if (given > page.revision && !isQuiet && other.dataset.editedBy !== root.dataset.user) tellChanged(words.changed.replace("%s", other.dataset.editor));
  page.revision = Math.max(page.revision, given);
  for (const form of forms()) follow(form);
  document.dispatchEvent(new CustomEvent("balie:refreshed"));
}

// The caret stays where it is, in a field that takes no more, until it goes elsewhere.
function becomeAnother(other) {
  const { activeElement } = document;
  if (root.contains(activeElement) && activeElement.matches("textarea, input:not([type=checkbox], [type=radio])")) {
    for (const form of forms()) for (const field of fields(form)) field.readOnly = true;
    tellChanged(words.changedState);
    activeElement.addEventListener("focusout", () => setTimeout(refresh), { once: true });
    return;
  }
  states.clear();
  window.Idiomorph.morph(root, other, { morphStyle: "outerHTML", callbacks: { beforeAttributeUpdated, beforeNodeMorphed } });
  window.htmx.process(root);
}

function tellChanged(text) {
  const line = document.getElementById("post-changed");
  line.querySelector("[data-changed-words]").textContent = text;
  line.hidden = false;
}

// Somebody is in a field that would change; in another field of the same form, or in an empty one, nothing moves.
function isUnderCaret(form, theirs) {
  const { name, value } = document.activeElement;
  return isTyping(form) && value !== "" && value.replaceAll("\r\n", "\n") !== theirs[name];
}

function merge(fresh) {
  for (const form of forms()) {
    const other = fresh.querySelector(`form[data-autosave][data-name="${CSS.escape(form.dataset.name)}"]`);
    const state = stateOf(form);
    if (!other || !state || state.conflict) continue;
    const theirs = values(other);
    const mine = values(form);
    if (same(theirs, state.base)) continue;
    if (same(mine, theirs)) {
      state.sent = state.base = theirs;
    } else if (same(mine, state.sent) && !isUnderCaret(form, theirs)) {
      fill(form, theirs);
      state.sent = state.base = theirs;
    } else if (same(mine, state.sent)) {
      state.waiting = theirs; // until the caret is elsewhere
    } else {
      clash(form, theirs);
    }
  }
}

const BUSY = "dialog[open], details[data-menu][open], .htmx-request";
const isOccupied = (element) =>
  element.querySelector(BUSY) !== null || element.matches(BUSY) || (element.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox], [type=radio]), textarea, select"));

let held = 0;
export function put(id, fresh) {
  const old = document.getElementById(id);
  const found = fresh.getElementById(id);
  if (!old && !found) return;
  if (old && !found) { old.remove(); return; }
  if (!old) return;
  if (isOccupied(old)) {
    clearTimeout(held);
    held = setTimeout(refresh, 2000);
    return;
  }
  if (old.querySelector(".versions-of__shown")) return; // somebody reads a comparison
  const typed = old.querySelector("#comment-text")?.value;
  window.Idiomorph.morph(old, found, { morphStyle: "outerHTML", callbacks: { beforeAttributeUpdated, beforeNodeMorphed } });
  const now = document.getElementById(id);
  if (typed) now.querySelector("#comment-text").value = typed;
  window.htmx.process(now);
}
// What somebody unfolded stays unfolded, with what was fetched for it.
const beforeAttributeUpdated = (name, node) => !(name === "open" && node.localName === "details");
const beforeNodeMorphed = (old) => !(old instanceof Element && old.id === "besttimes" && !old.hasAttribute("hx-get"));

function putVariants(fresh) {
  const home = document.getElementById("variants");
  if (!home) return;
  const wanted = [...fresh.querySelectorAll("#variants > *")];
  const ids = new Set(wanted.map((each) => each.id));
  for (const old of [...home.children]) {
    if (ids.has(old.id)) continue;
    for (const form of old.querySelectorAll("form[data-autosave]")) states.delete(form.dataset.name);
    old.remove();
  }
  for (const [number, each] of wanted.entries()) {
    const old = document.getElementById(each.id);
    if (!old) {
      home.insertBefore(each, home.children[number] ?? null);
      window.htmx.process(each);
      continue;
    }
    const pk = each.id.replace("variant-", "");
    // Pictures of its own come after its form, and go.
    const pictures = fresh.getElementById(`pictures-${pk}`);
    if (pictures && !document.getElementById(`pictures-${pk}`)) document.getElementById(`preview-${pk}`).before(pictures);
    else put(`pictures-${pk}`, fresh);
    put(`head-${pk}`, fresh);
    put(`standing-${pk}`, fresh);
    if (!forms().some(isDirty)) put(`preview-${pk}`, fresh);
  }
  put("pictures", fresh);
  if (!forms().some(isDirty)) put("counts", fresh);
  putChannels(fresh);
  const cut = document.querySelector("[data-cut=post-text]");
  if (cut) cut.hidden = fresh.querySelector("[data-cut=post-text]")?.hidden ?? true;
}

function putChannels(fresh) {
  if (page.asking) return; // what is ticked is still to be sent
  for (const box of document.querySelectorAll("#post-channels input[type=checkbox]")) {
    const other = fresh.querySelector(`#post-channels input[value="${box.value}"]`);
    if (!other) continue;
    box.checked = other.checked;
    box.disabled = other.disabled;
  }
}

let hearing = 0;
document.body.addEventListener("balie:changed", ({ detail }) => {
  if (!detail.names.includes(`post-${root.dataset.post}`)) return;
  // Most often it is what was kept from here a moment ago: no haste then.
  clearTimeout(hearing);
  hearing = setTimeout(() => refresh({ isQuiet: false }), performance.now() - page.keptAt < OWN_ECHO ? OWN_ECHO : 0);
});
document.body.addEventListener("balie:refresh", () => refresh({ isQuiet: false }));
