// Adding pictures: chosen or dragged, one after the other, each with its own progress and its own answer. Without this script
// the form sends them all at once.
import { askToSignIn, csrfToken, isSignedOut } from "./session.js";

const form = document.querySelector("[data-drop]");
const list = document.querySelector("[data-uploads]");
const status = document.querySelector("[data-upload-status]");
const input = form?.querySelector("input[type=file]");
const waiting = [];
let isBusy = false;

function line(name) {
  const item = document.createElement("li");
  item.className = "upload";
  const words = document.createElement("span");
  words.className = "upload__words";
  const shown = document.createElement("bdi");
  shown.className = "upload__name";
  shown.textContent = name;
  words.append(shown);
  const progress = document.createElement("progress");
  progress.className = "progress";
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute("aria-label", name);
  item.append(words, progress);
  list.append(item);
  return item;
}

function refuse(item, message) {
  item.classList.add("upload--refused");
  item.querySelector("progress")?.remove();
  item.querySelector(".upload__words").append(` ${message}`);
}

function send(file, item) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const progress = item.querySelector("progress");
    request.open("POST", form.action);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("X-Requested-With", "fetch");
    request.upload.addEventListener("progress", (event) => {
      // All bytes sent is not yet kept: then it is being made anew.
      if (event.loaded < event.total) progress.value = (event.loaded / event.total) * 100;
      else progress.removeAttribute("value");
    });
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", () => reject(new Error("no answer")));
    const body = new FormData();
    body.append("files", file, file.name);
    request.send(body);
  });
}

async function upload({ file, item }) {
  if (file.size > Number(status.dataset.limit)) return refuse(item, status.dataset.tooLarge);
  status.textContent = `${status.dataset.busy} ${file.name}`;
  try {
    let request = await send(file, item);
    if (isSignedOut(request.status)) {
      await askToSignIn();
      request = await send(file, item);
    }
    const lines = document.createElement("template");
    lines.innerHTML = request.responseText;
    const answer = lines.content.querySelector("li.upload");
    if (!answer) return refuse(item, request.status === 413 ? status.dataset.tooLarge : status.dataset.failed);
    item.replaceWith(answer);
    if (answer.matches(".upload--refused")) status.textContent = answer.textContent.trim();
  } catch {
    refuse(item, status.dataset.failed);
  }
}

async function work() {
  if (isBusy) return;
  isBusy = true;
  while (waiting.length) await upload(waiting.shift());
  isBusy = false;
  status.textContent = status.dataset.done;
  window.htmx?.trigger("#media", "live");
}

function take(files) {
  for (const file of files) waiting.push({ file, item: line(file.name) });
  work();
}

if (form && list && status) {
  for (const each of form.querySelectorAll("[data-scripted]")) each.hidden = false;
  for (const each of form.querySelectorAll("[data-unscripted]")) each.hidden = true; // what is chosen is sent at once
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take([...input.files]);
    input.value = "";
  });
  input.addEventListener("change", () => form.requestSubmit());
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.add("is-over");
    });
  }
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("is-over");
  });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("is-over");
    take([...event.dataTransfer.files]);
  });
}
