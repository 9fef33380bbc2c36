// Choosing a picture for a post: the media library, in a dialog over the page.

/** Opens the library for whatever button asks for it, and calls `add(item, target)` with what was chosen there; the focus goes
 * back to that button. */
export function registerPicker(root, add) {
  const dialog = document.getElementById("picker");
  if (!dialog) return;
  let opener = "";
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-library]");
    if (!button) return;
    opener = button.id;
    await window.htmx.ajax("GET", button.dataset.library, { target: "#picker-items", swap: "innerHTML" });
    dialog.showModal();
    dialog.querySelector("[data-first]")?.focus();
  });
  dialog.addEventListener("click", async (event) => {
    const chosen = event.target.closest("[data-pick]");
    if (!chosen) return;
    dialog.close();
    await add(chosen.dataset.pick, chosen.dataset.target ?? "");
    document.getElementById(opener)?.focus();
  });
  dialog.addEventListener("close", () => document.getElementById(opener)?.focus());
}
