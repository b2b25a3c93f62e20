// Lets people show a typed password. Without this script the form still works.
"use strict";

const { show: toShow, hide: toHide } = document.currentScript.dataset;

for (const form of document.forms) {
  const inputs = form.querySelectorAll("input[type=password]");
  if (!inputs.length) continue;
  const button = document.createElement("button");
  const show = (isShown) => {
    for (const input of inputs) input.type = isShown ? "text" : "password";
    button.textContent = isShown ? toHide : toShow;
  };
  button.type = "button";
  button.className = "link";
  button.addEventListener("click", () => show(inputs[0].type === "password"));
  // The browser saves a password only if its field has the type `password`.
  form.addEventListener("submit", () => show(false));
  show(false);
  inputs[inputs.length - 1].after(button);
}
