// The description of the API: Swagger UI over our own document, dark where the reader's screen is.
"use strict";

// Swagger UI's own layout has a first heading and a main part; it stands in a page of ours, which has both.
const inOurPage = ({ React }) => ({
  components: {
    InOurPage: ({ getComponent, specSelectors }) => {
      const part = (name, contained) => React.createElement(getComponent(name, contained));
      const info = specSelectors.info();
      const shown = specSelectors.loadingStatus() === "success";
      return React.createElement(
        "div",
        { className: "swagger-ui" },
        part("SvgAssets"),
        part("errors", true),
        shown && React.createElement("h2", null, `${info.get("title")} ${info.get("version")}`),
        shown && React.createElement("div", { className: "authorize" }, part("AuthorizeBtnContainer", true)),
        shown && part("FilterContainer", true),
        shown && part("operations", true),
      );
    },
  },
});

addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", shade);
  shade();
  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    plugins: [inOurPage],
    layout: "InOurPage",
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    deepLinking: true,
    filter: true,
    validatorUrl: null,
  });
});
