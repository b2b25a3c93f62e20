// Preview, drag and drop, the camera button, one submission a photo. Without it the form still works.
"use strict";

const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const input = form.elements.photo;
const preview = document.getElementById("preview");
const noPreview = document.getElementById("no-preview");
const camera = document.getElementById("camera");
const cameraInput = camera.querySelector("input");
const isTouch = matchMedia("(pointer: coarse)").matches;

camera.hidden = !isTouch;
document.getElementById("drag").hidden = isTouch;

function show() {
  const [file] = input.files;
  URL.revokeObjectURL(preview.src);
  noPreview.hidden = true;
  preview.hidden = !file;
  if (file) preview.src = URL.createObjectURL(file);
}

function choose(files) {
  if (!files.length) return;
  const one = new DataTransfer();
  one.items.add(files[0]);
  input.files = one.files;
  show();
}

// Most browsers cannot draw HEIC; the server can read it all the same.
preview.addEventListener("error", () => {
  preview.hidden = true;
  noPreview.hidden = false;
});
input.addEventListener("change", show);
camera.querySelector("button").addEventListener("click", () => cameraInput.click());
cameraInput.addEventListener("change", () => choose(cameraInput.files));

for (const type of ["dragenter", "dragover"]) {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const type of ["dragleave", "drop"]) {
  drop.addEventListener(type, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files);
});

form.addEventListener("submit", (event) => {
  const button = form.querySelector("button[type=submit]");
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  button.setAttribute("aria-busy", "true");
  button.textContent = "Sending…";
});
// Coming back with the browser's back button shows the page as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
