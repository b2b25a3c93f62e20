// Shows in the page what allauth's scripts only write to the console: that there was no passkey.
"use strict";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-fault").hidden = false;
});
