// Keeps a half-filled form in this browser, only for the account that filled it in, until the server
// has stored the form. Without this script the form still works.
"use strict";

const keptForm = document.querySelector("form[data-owner]");
const marker = document.querySelector("[data-stored]");

// The key includes the form's URL, since a case has two forms: impression and reading.
const keyOf = (owner, action) => `${owner} ${action}`;

// Leaves out hidden fields, whose values belong to the current page.
function filledIn(form) {
  const hidden = new Set([...form.querySelectorAll("[type=hidden]")].map((field) => field.name));
  return Object.fromEntries([...new FormData(form)].filter(([name]) => !hidden.has(name)));
}

function fillIn(form, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
}

// The prediction and the causes that the form's page shows, if it shows them.
const shownOn = (form) =>
  ["shown_prediction", "shown_causes"].map((name) => form.elements.namedItem(name)?.value).join();

async function restore() {
  const owner = (keptForm ?? marker)?.dataset.owner;
  if (marker) await unsavedForms.drop(keyOf(owner, marker.dataset.stored));
  for (const entry of await unsavedForms.all())
    if (entry.owner !== owner) await unsavedForms.drop(entry.key);
    else if (keptForm && entry.key === keyOf(owner, keptForm.getAttribute("action"))) show(entry);
}

function show({ fields, shown }) {
  fillIn(keptForm, fields);
  // Nobody has judged what is new on this page, so the choice has to be made again.
  if (shown !== shownOn(keptForm))
    for (const radio of keptForm.querySelectorAll("[type=radio]")) radio.checked = false;
  document.getElementById("restored").hidden = false;
}

if (keptForm) {
  const { owner } = keptForm.dataset;
  const key = keyOf(owner, keptForm.getAttribute("action"));
  // Tells the server whether this browser keeps the form: the sign-in page says so to the person.
  const isKept = keptForm.elements.namedItem("is_kept");
  const keep = async () => {
    const entry = { key, owner, fields: filledIn(keptForm), shown: shownOn(keptForm) };
    const stored = await unsavedForms.keep(entry);
    isKept.value = stored === undefined ? "" : "yes";
  };
  for (const type of ["input", "change", "submit"]) keptForm.addEventListener(type, keep);
}
restore();
