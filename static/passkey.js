// Shows an error on the page if the browser gave no passkey. allauth's scripts only write this error to the console.
"use strict";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-fault").hidden = false;
});
