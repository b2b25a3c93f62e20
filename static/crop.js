// A frame over a photo: dragged, pinched, or moved by key. Without this script the page asks for a new photo.
"use strict";

const box = document.querySelector(".cropped");
const frame = box.querySelector(".frame");
const fields = Object.fromEntries(["left", "top", "width", "height"].map((name) => [name, document.getElementById(`id_${name}`)]));
const announcement = document.querySelector("#framed");
const pointers = new Map();
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAST_SIDE = Number(box.dataset.least);
// The photo's size, from the attributes: the browser may not have loaded the photo yet.
const [photoWidth, photoHeight] = ["width", "height"].map((name) => Number(box.querySelector("img").getAttribute(name)));
let side = 60; // of the frame, in per cent of the photo's shorter side
let centre = [50, 50];

// The frame is a square of pixels, so that a spot in it keeps its shape.
function frameSize() {
  const shorter = Math.min(photoWidth, photoHeight);
  return [(side * shorter) / photoWidth, (side * shorter) / photoHeight];
}

const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

function draw() {
  side = clamp(side, LEAST_SIDE, 100);
  const [width, height] = frameSize();
  centre = [clamp(centre[0], width / 2, 100 - width / 2), clamp(centre[1], height / 2, 100 - height / 2)];
  const [left, top] = [centre[0] - width / 2, centre[1] - height / 2];
  for (const [name, value] of Object.entries({ left, top, width, height })) {
    fields[name].value = value.toFixed(2);
    frame.style[name] = `${value}%`;
  }
}

function announce() {
  const [across, down] = centre.map(Math.round);
  const values = { side: Math.round(side), across, down };
  announcement.textContent = announcement.dataset.text.replace(/{(\w+)}/g, (_, name) => values[name]);
}

function positionOf(event) {
  const { left, top, width, height } = box.getBoundingClientRect();
  return [((event.clientX - left) / width) * 100, ((event.clientY - top) / height) * 100];
}

function fingerDistance() {
  const [one, other] = [...pointers.values()];
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}

box.addEventListener("pointerdown", (event) => {
  const position = positionOf(event);
  // A tap beside the frame moves the frame there, to choose one of several spots.
  if (!pointers.size && !frame.contains(event.target)) centre = position;
  pointers.set(event.pointerId, position);
  box.setPointerCapture(event.pointerId);
  draw();
  frame.focus({ preventScroll: true });
  event.preventDefault();
});

box.addEventListener("pointermove", (event) => {
  if (!pointers.has(event.pointerId)) return;
  const before = pointers.size === 2 ? fingerDistance() : 0;
  const [x, y] = pointers.get(event.pointerId);
  const position = positionOf(event);
  pointers.set(event.pointerId, position);
  if (before) side *= fingerDistance() / before;
  else centre = [centre[0] + position[0] - x, centre[1] + position[1] - y];
  draw();
});

for (const type of ["pointerup", "pointercancel"]) {
  box.addEventListener(type, (event) => {
    pointers.delete(event.pointerId);
    announce();
  });
}

function resize(step) {
  side += step;
  draw();
  announce();
}

frame.addEventListener("keydown", (event) => {
  const direction = KEYS[event.key];
  const step = event.shiftKey ? 5 : 1;
  if (direction) centre = [centre[0] + direction[0] * step, centre[1] + direction[1] * step];
  else if ("+=".includes(event.key)) side += step * 2;
  else if ("-_".includes(event.key)) side -= step * 2;
  else return;
  event.preventDefault();
  draw();
  announce();
});

document.getElementById("smaller").addEventListener("click", () => resize(-8));
document.getElementById("larger").addEventListener("click", () => resize(8));
box.addEventListener("wheel", (event) => {
  event.preventDefault();
  resize(event.deltaY > 0 ? -4 : 4);
}, { passive: false });

for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
draw();
announce();
