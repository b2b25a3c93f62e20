// Keys for reading a case: digits choose, Enter stores, M and N go to the text fields. The form also works without this script.
"use strict";

const form = document.getElementById("case");

if (form) {
  const radios = [...form.querySelectorAll("[type=radio]")];
  const texts = { m: form.elements.namedItem("message"), n: form.elements.namedItem("note") };
  const pane = document.querySelector(".pane");

  document.getElementById("keys").hidden = false;
  // With the focus on the photo, the arrow keys move it without a click first.
  if (matchMedia("(pointer: fine)").matches) pane.focus({ preventScroll: true });

  function choose(radio) {
    radio.checked = true;
    // A choice by a script fires no event of its own.
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("textarea")) {
      if (event.key === "Escape") pane.focus();
      return;
    }
    const radio = radios[Number(event.key) - 1];
    if (radio) choose(radio);
    else if (event.key === "Enter" && !event.target.matches("a, button, summary, [type=checkbox]")) form.requestSubmit();
    else if (texts[event.key.toLowerCase()]) texts[event.key.toLowerCase()].focus();
    else return;
    event.preventDefault();
  });
}

// Shows another photo of the spot in place of the case's photo, and says so in the caption.
const strip = document.getElementById("strip");

strip?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const photo = document.querySelector(".pane img");
  const caption = document.querySelector(".look figcaption");
  caption.dataset.ownText ??= caption.textContent;
  const isCasePhoto = link === strip.querySelector("a");
  photo.src = link.dataset.picture;
  photo.dataset.whole = link.dataset.whole;
  caption.classList.toggle("other", !isCasePhoto);
  caption.textContent = isCasePhoto ? caption.dataset.ownText : caption.dataset.earlier.replace("{day}", link.textContent.trim());
  photo.dataset.ownAlt ??= photo.alt;
  photo.alt = isCasePhoto ? photo.dataset.ownAlt : caption.textContent;
  // `view` and `sharpen` are in zoom.js, which loads a zoomed photo in full size.
  if (view.scale > 1) sharpen();
  for (const other of strip.querySelectorAll("a")) other.setAttribute("aria-current", other === link);
});
