// The one policy for Trusted Types: htmx and the admin may make elements of text. Nothing may make
// a script of it, nor the address of one. Older browsers have no such policies and need none.
"use strict";

window.trustedTypes?.createPolicy("default", { createHTML: (html) => html });
