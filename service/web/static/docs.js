// The description of the API: Swagger UI over our own document, dark where the reader's screen is.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("operations");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", shade);
  shade();
  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    deepLinking: true,
    filter: true,
    validatorUrl: null,
  });
});
