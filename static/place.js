// Chooses the place of a spot by a tap on the body. Keyboards, and browsers without scripts, use the two lists.
"use strict";

const bodyMap = document.querySelector(".body.input");
const siteList = document.getElementById("id_body_site");
const sideList = document.getElementById("id_side");
const bodyRegions = [...bodyMap.querySelectorAll(".region")];

// Shows only this part of the body, larger.
function open(part) {
  for (const figures of bodyMap.querySelectorAll(".closer-figures")) {
    figures.classList.toggle("opened", figures === part);
  }
}

function showPlace() {
  for (const { classList, dataset } of bodyRegions) {
    // A region in the middle belongs to both sides.
    const isOfSide = [sideList.value, ""].includes(dataset.side);
    classList.toggle("chosen", Boolean(siteList.value) && dataset.site === siteList.value && isOfSide);
  }
  open(bodyMap.querySelector(".chosen")?.closest(".closer-figures"));
}

function choosePlace({ site, side }) {
  siteList.value = site;
  sideList.value = side;
  siteList.dispatchEvent(new Event("change", { bubbles: true }));
}

for (const region of bodyRegions) {
  region.addEventListener("click", () => {
    if (region.dataset.site) return choosePlace(region.dataset);
    const part = document.getElementById(`closer-${region.dataset.part}`);
    open(part);
    part.scrollIntoView({ block: "nearest" });
  });
}
for (const list of [siteList, sideList]) list.addEventListener("change", showPlace);
bodyMap.hidden = false;
showPlace();
