// A button that copies what stands in a field. Without a clipboard it stays hidden: the field can be selected.
import { toast } from "./toasts.js";

const words = document.getElementById("words")?.dataset ?? {};

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.lastChild.textContent = button.dataset.done;
    } catch {
      field.select();
      toast(words.failed, "error");
    }
  });
}
