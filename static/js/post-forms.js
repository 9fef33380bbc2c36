// The forms of a post that are kept by themselves: what stands in them, and what the server has of it.

export const root = document.getElementById("post");
export const words = document.getElementById("post-words").dataset;
export const page = { revision: Number(document.querySelector("[data-revision]")?.value ?? 0), keptAt: -Infinity, asking: 0 };

/** By the name of a form: what was sent, what the server made of it (`base`), what somebody else made of it that waits until the
 * caret is elsewhere, and a conflict that somebody has to settle. */
export const states = new Map();

export const forms = () => [...document.querySelectorAll("form[data-autosave]")];
export const formNamed = (name) => document.querySelector(`form[data-autosave][data-name="${CSS.escape(name)}"]`);
export const stateOf = (form) => states.get(form.dataset.name);
export const fields = (form) => [...form.elements].filter((each) => each.name && !["csrfmiddlewaretoken", "revision"].includes(each.name));
const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value.replaceAll("\r\n", "\n"));
const defaultOf = (field) => {
  if (field.type === "checkbox") return field.defaultChecked;
  if (field.localName === "select") return ([...field.options].find((each) => each.defaultSelected) ?? field.options[0])?.value ?? "";
  return field.defaultValue.replaceAll("\r\n", "\n");
};
/** As the server gave it. */
const defaults = (form) => Object.fromEntries(fields(form).map((each) => [each.name, defaultOf(each)]));
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

/** Begin to keep `form`. What stands in it and the server does not have (typed before this ran, or in this tab and not kept when the
 * page went away) is to be kept: then what the server had when that was typed is returned, else null. */
export function follow(form) {
  if (states.has(form.dataset.name)) return null;
  const given = defaults(form);
  states.set(form.dataset.name, { sent: given, base: given, timer: 0, conflict: null, waiting: null });
  const kept = backedUp(form);
  if (kept && same(values(form), given) && !same(kept.values, given)) {
    fill(form, kept.values);
    return kept.base;
  }
  return same(values(form), given) ? null : given;
}
