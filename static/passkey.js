// Says in the page what allauth's scripts say to the console alone: that there was no passkey.
"use strict";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-fault").hidden = false;
});
