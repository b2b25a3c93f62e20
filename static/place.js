// The place of a spot by a tap on the body. Without it, and by keyboard, it is chosen from two lists.
"use strict";

const map = document.querySelector(".body.input");
const site = document.getElementById("id_body_site");
const side = document.getElementById("id_side");
const regions = [...map.querySelectorAll(".region")];

function show() {
  for (const { classList, dataset } of regions) {
    // A region about the middle is that of either side.
    const isChosen = site.value && dataset.site === site.value && [side.value, ""].includes(dataset.side);
    classList.toggle("chosen", Boolean(isChosen));
  }
}

function choose({ site: where, side: which }) {
  site.value = where;
  side.value = which;
  site.dispatchEvent(new Event("change", { bubbles: true }));
}

for (const region of regions) {
  region.addEventListener("click", () => {
    if (region.dataset.site) choose(region.dataset);
    else document.getElementById("closer").scrollIntoView({ block: "nearest" });
  });
}
for (const list of [site, side]) list.addEventListener("change", show);
map.hidden = false;
show();
