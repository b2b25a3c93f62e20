// A chosen photo on the upload page: its picture and its state.
"use strict";

class Card {
  // state: chosen, waiting, sending, sent; lost (sent again automatically), failed (the person can try again),
  // refused (the server does not accept this file)
  state = "chosen";
  share = 0; // the share of the file's bytes that has been sent
  element = document.getElementById("card").content.firstElementChild.cloneNode(true);

  constructor(draft) {
    this.draft = draft;
    const picture = this.element.querySelector("img");
    const { name } = draft.file;
    for (const act of ["again", "remove"]) {
      const button = this.button(act);
      button.ariaLabel = `${button.textContent}: ${name}`;
    }
    picture.alt = name;
    this.hint.prepend(`${name}: `);
    // Most browsers cannot draw HEIC, but the server can read it.
    picture.addEventListener("error", () => {
      picture.hidden = true;
      this.hint.hidden = this.state === "refused";
    });
    picture.src = URL.createObjectURL(draft.file);
  }

  get hint() {
    return this.element.querySelector(".hint");
  }

  get isOpen() {
    return !["sent", "refused"].includes(this.state);
  }

  button(act) {
    return this.element.querySelector(`[data-act=${act}]`);
  }

  show(state, words = "") {
    this.state = state;
    this.element.querySelector("[role=status]").textContent = words;
    this.element.classList.toggle("wrong", ["lost", "failed", "refused"].includes(state));
    if (state === "refused") this.hint.hidden = true;
    this.button("again").hidden = !["lost", "failed"].includes(state);
    this.button("remove").hidden = ["waiting", "sending", "sent"].includes(state);
  }

  discard() {
    URL.revokeObjectURL(this.element.querySelector("img").src);
    this.element.remove();
  }
}
