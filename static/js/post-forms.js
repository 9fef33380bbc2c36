// The forms of a post that are kept by themselves: what stands in them, and what the server has of it.

export const root = document.getElementById("post");
export const words = document.getElementById("post-words").dataset;
export const page = { revision: Number(document.querySelector("[data-revision]")?.value ?? 0), keptAt: -Infinity };

/** By the name of a form: what was sent, what the server made of it (`base`), what somebody else made of it that waits until the
 * caret is elsewhere, and a conflict that somebody has to settle. */
export const states = new Map();

export const forms = () => [...document.querySelectorAll("form[data-autosave]")];
export const formNamed = (name) => document.querySelector(`form[data-autosave][data-name="${CSS.escape(name)}"]`);
export const stateOf = (form) => states.get(form.dataset.name);
export const fields = (form) => [...form.elements].filter((each) => each.name && !["csrfmiddlewaretoken", "revision"].includes(each.name));
const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value.replaceAll("\r\n", "\n"));
export const values = (form) => Object.fromEntries(fields(form).map((each) => [each.name, valueOf(each)]));
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
export const isDirty = (form) => states.has(form.dataset.name) && !same(values(form), stateOf(form).sent);
// A caret stands where it stands; also a field beside the form (the title) belongs to it.
export const isTyping = (form) => document.activeElement?.form === form && document.activeElement.matches("textarea, input:not([type=checkbox])");

// -- Kept in this tab until the server has it ------------------------------------------------------------------------------------

const backupKey = (form) => `balie:post:${root.dataset.post}:${form.dataset.name}`;
export function backUp(form) {
  try { sessionStorage.setItem(backupKey(form), JSON.stringify({ values: values(form), base: stateOf(form).base })); } catch { /* full or forbidden: the server still has it */ }
}
export function forget(form) {
  try { sessionStorage.removeItem(backupKey(form)); } catch { /* nothing to forget */ }
}
function backedUp(form) {
  try { return JSON.parse(sessionStorage.getItem(backupKey(form))); } catch { return null; }
}

export function fill(form, given) {
  for (const field of fields(form)) {
    if (!(field.name in given) || valueOf(field) === given[field.name]) continue;
    if (field.type === "checkbox") field.checked = given[field.name];
    else field.value = given[field.name];
  }
}

/** Begin to keep `form`. What was typed in this tab and not kept when the page went away stands in it again: then what the server
 * had at that time is returned, else null. */
export function follow(form) {
  if (states.has(form.dataset.name)) return null;
  const now = values(form);
  states.set(form.dataset.name, { sent: now, base: now, timer: 0, conflict: null, waiting: null });
  const kept = backedUp(form);
  if (!kept || same(kept.values, now)) return null;
  fill(form, kept.values);
  return kept.base;
}
