// The only policy for Trusted Types: htmx and the admin need to turn text into elements. Nothing may turn
// text into a script or a script's URL. Older browsers have no such policies and need none.
"use strict";

window.trustedTypes?.createPolicy("default", { createHTML: (html) => html });
