// Sends several photos, one by one, and keeps each in this browser until the server has it.
// Without this script the form sends a single photo.
"use strict";

const STALLED = 30_000; // ms without progress
// Each text is a sentence, or a list with a sentence for each number of photos.
const texts = JSON.parse(document.getElementById("texts").textContent);

const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const input = form.elements.photo;
const button = form.querySelector("button[type=submit]");
const spots = document.getElementById("spots");
const several = document.getElementById("several");
const sum = document.getElementById("sum");
const bar = document.getElementById("progress");
const unfit = document.getElementById("unfit");
const camera = document.getElementById("camera");
const cameraInput = camera.querySelector("input");
const isTouch = matchMedia("(pointer: coarse)").matches;
const cards = new Map();
let isSending = false;

input.multiple = true;
camera.hidden = !isTouch;
document.getElementById("drag").hidden = isTouch;
several.hidden = false;
// On a phone, the kind of photo is preselected: camera.
if (isTouch && !form.querySelector("[name=capture]:checked")) form.querySelector("[name=capture][value=camera]").checked = true;
// Scrolls the strip of spots to the chosen spot, without scrolling the page.
const chosenSpot = form.querySelector(".of-spots label:has(:checked)");
if (chosenSpot) chosenSpot.parentElement.scrollLeft = chosenSpot.offsetLeft - chosenSpot.parentElement.offsetLeft - 16;

const all = (...states) => [...cards.values()].filter((card) => states.includes(card.state));
const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
const count = (list, number) => fill(list[Math.min(number, texts.most)], { number });

// crypto.randomUUID does not exist on pages without TLS.
function newKey() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function add(draft) {
  const card = new Card(draft);
  cards.set(draft.key, card);
  card.button("remove").addEventListener("click", () => remove(card));
  card.button("again").addEventListener("click", () => {
    // "Try again" disappears while the photo is sent, and would take the focus with it.
    button.focus();
    queue([card]);
  });
  document.getElementById("cards").append(card.element);
  return card;
}

// Returns an error if the server would refuse the file because of its size or first bytes.
async function faultOf(file) {
  if (file.size > Number(input.dataset.most)) return input.dataset.tooLarge;
  // A folder, or a file that is no longer there, cannot be read.
  const bytes = await file.slice(0, 12).arrayBuffer().catch(() => new ArrayBuffer(0));
  const head = String.fromCharCode(...new Uint8Array(bytes));
  return /^(\xff\xd8\xff|\x89PNG|RIFF....WEBP|....ftyp)/s.test(head) ? "" : input.dataset.noPhoto;
}

async function choose(files) {
  const faults = await Promise.all(files.map(faultOf));
  unfit.replaceChildren(...files.flatMap((file, index) => (faults[index] ? [errorItem(`${file.name}: ${faults[index]}`)] : [])));
  addFiles(files.filter((_, index) => !faults[index]));
}

function errorItem(words) {
  return Object.assign(document.createElement("li"), { textContent: words });
}

function addFiles(files) {
  const slots = texts.most - cards.size;
  if (files.length > slots) {
    several.textContent = fill(texts.leftOut, { most: texts.most, number: files.length - slots });
    several.className = "caution";
  }
  for (const file of files.slice(0, slots)) {
    const draft = { key: newKey(), owner: form.dataset.owner, file, fields: null, group: null };
    add(draft);
    drafts.keep(draft);
  }
  arrange();
}

function remove(card) {
  cards.delete(card.draft.key);
  drafts.drop(card.draft.key);
  card.discard();
  arrange();
  input.focus();
  leave();
}

function arrange() {
  const open = [...cards.values()].filter((card) => card.isOpen).length;
  input.required = !open;
  // Once a photo is chosen, the hints for choosing it are hidden.
  drop.classList.toggle("filled", open > 0);
  camera.querySelector("button").classList.toggle("outline", open > 0);
  input.disabled = cards.size >= texts.most;
  // If a known spot is chosen, all photos belong to it.
  spots.hidden = spots.disabled = open < 2 || Boolean(form.elements.lesion?.value);
  button.textContent = isSending ? texts.sending : open > 1 ? count(texts.sendAll, open) : texts.sendOne;
  button.setAttribute("aria-busy", isSending);
  progress();
  const sent = all("sent").length;
  sum.hidden = !sent;
  sum.querySelector("[role=status]").textContent = sent ? count(texts.sentAll, sent) : "";
}

// Shows the progress of all photos. Once all bytes are sent, the bar is indeterminate until the response comes.
function progress() {
  const queued = all("waiting", "sending", "sent");
  const share = queued.reduce((total, card) => total + card.share, 0) / queued.length;
  bar.hidden = !isSending;
  if (share < 1) bar.value = share;
  else bar.removeAttribute("value");
}

function formFields() {
  const { photo, csrfmiddlewaretoken, spots: shown, ...fields } = Object.fromEntries(new FormData(form));
  if (shown !== "many") return fields;
  // With several spots, a name or a place would apply to only one.
  const common = ["capture", "whose", "person", "skin_type"];
  return Object.fromEntries(common.filter((name) => name in fields).map((name) => [name, fields[name]]));
}

// Photos of the same spot share a group, and the spot as soon as it is stored. A photo that failed stays in its group, and
// others join it, unless the person now describes another spot, chooses a known one, or says that each photo shows another.
function sharedSpot() {
  const fields = Object.fromEntries(new FormData(form));
  const { lesion, spots: shown } = fields;
  if (lesion || shown === "many") return { group: null };
  const isEarlier = ({ isOpen, draft }) => isOpen && draft.group && describesSameSpot(draft.fields, fields);
  const earlier = [...cards.values()].find(isEarlier)?.draft;
  if (earlier) return { group: earlier.group, lesion: earlier.fields.lesion };
  return { group: shown === "one" ? newKey() : null };
}

function describesSameSpot(one, other) {
  return ["whose", "person", "name", "body_site", "side"].every((name) => (one[name] ?? "") === (other[name] ?? ""));
}

// Sets the spot of all unsent photos of a card's group.
function setSpot({ draft: { group } }, lesion) {
  for (const { draft, isOpen } of cards.values()) {
    if (!isOpen || !group || draft.group !== group) continue;
    draft.fields.lesion = lesion;
    drafts.keep(draft);
  }
}

function queue(chosen) {
  for (const card of chosen) card.show("waiting", texts.waiting);
  return sendWaiting();
}

async function sendWaiting() {
  if (isSending) return;
  isSending = true;
  arrange();
  // One after the other, so that later photos join the spot of the first photo.
  for (let card; ([card] = all("waiting")) && card; ) await send(card);
  isSending = false;
  arrange();
  leave();
}

async function send(card) {
  card.show("sending", texts.sending);
  card.share = 0;
  const request = await post(card);
  const answer = request.response;
  if (!request.status) {
    // No connection: the other photos would fail, too.
    for (const one of [card, ...all("waiting")]) await keep(one, "lost", texts.lost, texts.untilSent);
  } else if (request.getResponseHeader("Retry-After")) {
    await pause(card, answer?.later ?? texts.away, request.getResponseHeader("Retry-After"));
  } else if (answer?.url) {
    await accept(card, answer);
  } else if (answer?.errors) {
    refuse(card, answer.errors);
  } else {
    // A redirect means that the session has ended. Otherwise the server failed, or the page is outdated.
    const isSignedIn = request.responseURL.endsWith(form.dataset.send);
    await keep(card, "failed", isSignedIn ? texts.failed : texts.signedOut, texts.reload);
  }
  arrange();
}

// Stores the draft again before the page says that the photo is kept: signing out in another tab deletes all drafts.
async function keep(card, state, words, promise) {
  const isKept = (await drafts.keep(card.draft)) !== undefined;
  card.show(state, `${words} ${isKept ? promise : texts.unkept}`);
}

// After too many photos, or in an outage, the server says when to try again. Until then the photos are in state `lost`.
async function pause(card, words, seconds) {
  await keep(card, "lost", words, texts.byItself);
  for (const one of all("waiting")) await keep(one, "lost", texts.notYet, texts.byItself);
  setTimeout(() => queue(all("lost")), seconds * 1000);
}

function post(card) {
  const request = new XMLHttpRequest();
  const body = new FormData();
  const { fields, file, key } = card.draft;
  for (const [name, value] of Object.entries({ ...fields, key })) body.append(name, value);
  body.append("photo", file);
  return new Promise((resolve) => {
    let stall;
    const wait = () => {
      clearTimeout(stall);
      stall = setTimeout(() => request.abort(), STALLED);
    };
    request.upload.addEventListener("progress", (event) => {
      wait();
      card.share = event.loaded / event.total;
      progress();
    });
    request.addEventListener("loadend", () => {
      clearTimeout(stall);
      resolve(request);
    });
    request.open("POST", form.dataset.send);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.responseType = "json";
    request.send(body);
    wait();
  });
}

async function accept(card, { url, lesion }) {
  card.url = url;
  card.share = 1;
  card.show("sent", texts.sent);
  await drafts.drop(card.draft.key);
  setSpot(card, lesion);
}

function refuse(card, errors) {
  const words = Object.values(errors).flat().map((error) => error.message).join(" ");
  card.show(errors.photo ? "refused" : "failed", `${card.draft.file.name}: ${words}`);
  if (errors.photo) drafts.drop(card.draft.key);
  // The group's spot is gone, so the next photo that is sent starts a new spot.
  if (errors.lesion) setSpot(card, "");
}

// Opens the photo's page, or the history after several photos.
function leave() {
  const sent = all("sent");
  if (!sent.length || sent.length < cards.size) return;
  location.assign(sent.length === 1 ? sent[0].url : form.dataset.history);
}

// Offers to send unsent photos of an earlier visit, and deletes unsent photos of other accounts from this browser.
async function offer() {
  const kept = await drafts.all();
  const own = kept.filter((draft) => draft.owner === form.dataset.owner);
  for (const draft of kept) if (!own.includes(draft)) drafts.drop(draft.key);
  if (!own.length) return;
  const unsent = document.getElementById("unsent");
  unsent.hidden = false;
  unsent.querySelector("strong").textContent = count(texts.unsent, own.length);
  document.getElementById("send-unsent").addEventListener("click", () => {
    button.focus();
    unsent.hidden = true;
    queue(own.map(add).filter((card) => card.draft.fields));
  });
  document.getElementById("discard-unsent").addEventListener("click", () => {
    input.focus();
    unsent.hidden = true;
    for (const { key } of own) drafts.drop(key);
  });
}

form.addEventListener("change", (event) => {
  if (event.target.type === "file") {
    choose([...event.target.files]);
    event.target.value = "";
  } else {
    arrange();
  }
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = all("chosen", "failed");
  const { group, lesion = "" } = sharedSpot();
  for (const { draft } of chosen) {
    const fields = formFields();
    fields.lesion ||= lesion;
    Object.assign(draft, { fields, group });
    drafts.keep(draft);
  }
  await queue([...chosen, ...all("lost")]);
  // On a phone the button is more than a screen below the photos, so scroll to the first unsent photo.
  all("lost", "failed", "refused")[0]?.element.scrollIntoView({ block: "nearest" });
});
camera.querySelector("button").addEventListener("click", () => cameraInput.click());
addEventListener("online", () => queue(all("lost")));

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
  choose([...event.dataTransfer.files]);
});
// Reloads the page if the back button shows it as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
offer();
