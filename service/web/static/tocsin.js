// What the page does beyond htmx: alerts that show up by themselves, keys, times in the reader's zone, questions before deleting.
// Everything here is help: each page can be read and used without it.
"use strict";

(() => {
  // The page's language, in the reader's own region where that is the browser's language too; figures as in the rest of the page.
  const spoken = document.documentElement.lang;
  const own = (navigator.languages ?? []).find((tag) => tag.split("-")[0] === spoken);
  const locale = new Intl.Locale(own ?? spoken, { numberingSystem: "latn" });
  const zone = new Intl.DateTimeFormat(locale, { dateStyle: document.documentElement.dir === "rtl" ? "long" : "medium", timeStyle: "short" });

  // The server knows the reader's zone by this: where their day begins, and what a due time means.
  document.cookie = `tocsin_zone=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC")}; path=/; max-age=31536000; samesite=lax`;

  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      time.dataset.local = "";
      if (time.hasAttribute("data-ago")) time.title = zone.format(moment);
      else time.textContent = zone.format(moment);
    }
  }

  function follow() {
    const list = document.getElementById("alerts");
    if (!document.body.hasAttribute("data-live") || !list || !list.hasAttribute("hx-get")) return;
    const source = new EventSource(`${document.body.dataset.base}api/v1/alerts/stream?after=${list.dataset.newest}`);
    let waiting = 0;
    source.addEventListener("alert", () => {
      const live = document.getElementById("live");
      live.textContent = live.dataset.news;
      clearTimeout(waiting);
      waiting = setTimeout(() => document.getElementById("alerts")?.dispatchEvent(new Event("news")), 150);
    });
    addEventListener("pagehide", () => source.close());
  }

  function rows() {
    return [...document.querySelectorAll("[data-keys] > .alert")];
  }

  let at = "";  // the row that keys act on: what takes its place is it, too

  function move(by) {
    const all = rows();
    if (!all.length) return;
    const place = all.findIndex((row) => row.classList.contains("current"));
    const next = all[Math.min(all.length - 1, Math.max(0, place + by))];
    for (const row of all) row.classList.toggle("current", row === next);
    at = next.id;
    next.querySelector("h2 a, button")?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const current = document.querySelector(".alert.current");
    const many = document.querySelector(".alert input[type=checkbox]:checked") && document.querySelector(`[data-many="${key}"]`);
    const target = many ?? current?.querySelector(`[data-key="${key}"]`) ?? (rows().length && ["d", "x", "s", "h", "f", "m", "v"].includes(key) ? null : document.querySelector(`[data-key="${key}"]`));
    if (!target) return false;
    if (current && key === "d") move(rows().indexOf(current) < rows().length - 1 ? 1 : -1);
    target.click();
    return true;
  }

  // Keys as readers of feeds know them (Miniflux); keys.html lists them.
  const places = { a: "alerts", f: "outlets", s: "account", w: "watch" };
  let going = false;  // after g

  function help() {
    const keys = document.getElementById("keys");
    if (!keys) return false;
    if (keys.open) keys.close();
    else keys.showModal();
    return true;
  }

  function open() {
    const link = document.querySelector(".alert.current h2 a");
    link?.click();
    return Boolean(link);
  }

  function act(key) {
    const place = going && places[key];
    going = !going && key === "g";
    if (place) location.assign(document.body.dataset.base + place);
    else if (key === "/") location.assign(`${document.body.dataset.base}search`);
    else if (key === "j" || key === "n") move(1);
    else if (key === "k" || key === "p") move(-1);
    else if (key === "?") return help();
    else if (key === "o") return open();
    else return key.length === 1 && /[a-zA-Z]/.test(key) && press(key);
    return true;
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (document.getElementById("keys")?.open && event.key !== "?") return;
    if (act(event.key)) event.preventDefault();
  });

  addEventListener("click", (event) => { if (event.target.closest("[data-help]")) help(); });

  addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  }, true);

  // A mistake in a query: its place is marked in the box itself, once its writer goes back there.
  addEventListener("click", (event) => {
    const go = event.target.closest("[data-caret]");
    const box = go && document.getElementById(go.dataset.box);
    if (!box) return;
    const at = [...box.value].slice(0, Number(go.dataset.caret)).join("").length;
    box.focus();
    box.setSelectionRange(at, at);
  });

  // The forms of rows are shared by all of them: the answer takes the place of the row whose button it was.
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    const row = ctx.sourceElement.hasAttribute("data-rows") && ctx.request.submitter?.closest("li");
    if (row) ctx.target = row;
  });

  document.addEventListener("htmx:after:swap", () => {
    localTimes(document);
    cards(document);
    if (at && !document.querySelector(".alert.current")) document.getElementById(at)?.classList.add("current");
    const outcome = document.querySelector("#preview h2")?.textContent ?? "";
    const live = document.getElementById("live");
    if (live && outcome && outcome !== live.textContent) live.textContent = outcome;  // the figure is said, not each table
    const box = document.getElementById("query");
    const check = document.getElementById("check");
    if (box && check) box.setAttribute("aria-invalid", String(check.querySelector(".bad") !== null));
  });
  // On a phone a row of a table is a card (tocsin.css): each cell says what its column is. The roles stay those of a table.
  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };

  function cards(root) {
    for (const table of root.querySelectorAll(".scroll > table:not(.survey, .cards)")) {
      const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
      if (heads.length < 3) continue;
      table.classList.add("cards");
      for (const part of [table, ...table.querySelectorAll("thead, tbody, tr, td")]) part.setAttribute("role", ROLES[part.tagName]);
      for (const head of table.querySelectorAll("th")) head.setAttribute("role", head.scope === "row" ? "rowheader" : "columnheader");
      for (const row of table.querySelectorAll("tbody tr"))
        [...row.children].forEach((cell, place) => { if (place && heads[place] && cell.tagName === "TD") cell.dataset.label = heads[place]; });
    }
  }

  // A survey at work: rows that were waiting are put in as they are done; what is ticked meanwhile stays.
  async function followSurvey() {
    const progress = document.querySelector("[data-survey]");
    if (!progress) return;
    const answer = await fetch(location.pathname.replace(/\/add$/, "")).catch(() => null);
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const row of document.querySelectorAll("tr[data-waiting]")) {
        const now = page.getElementById(row.id);
        if (now && !now.hasAttribute("data-waiting")) row.replaceWith(document.adoptNode(now));
      }
      const told = page.getElementById("survey-progress");
      if (told) progress.replaceWith(document.adoptNode(told));
      localTimes(document);
    }
    setTimeout(followSurvey, 2000);
  }

  addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-tick]")?.dataset.tick;
    if (wanted) for (const box of document.querySelectorAll("tr input[type=checkbox], .alert input[type=checkbox]")) box.checked = wanted === "all";
  });

  // A file that a worker makes: its link says so until it is there. What is refused is shown as the page that says why.
  addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-making]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.ariaBusy === "true") return;
    const { makingWords, madeWords } = link.parentElement.dataset;
    const told = document.getElementById("making");
    link.ariaBusy = "true";
    told.textContent = makingWords;
    const answer = await fetch(link.href).catch(() => null);
    link.ariaBusy = null;
    told.textContent = "";
    if (!answer?.ok) return location.assign(link.href);
    const made = document.createElement("a");
    made.href = URL.createObjectURL(await answer.blob());
    made.download = decodeURIComponent(/filename\*=utf-8''(.+)/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "");
    made.click();
    setTimeout(() => URL.revokeObjectURL(made.href), 60_000);
    told.textContent = madeWords;
  });

  // An edition of a press review: Alt and an arrow move the item that has the focus; an item can be dragged to its place.
  addEventListener("keydown", (event) => {
    const step = event.altKey && { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const item = step && !event.target.closest("textarea, input, select") && event.target.closest("[data-item]");
    if (!item) return;
    event.preventDefault();
    item.querySelector(`[data-move="${step}"]`).click();
  });

  let dragged = null;
  addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-item]") ?? null;
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  addEventListener("dragover", (event) => {
    if (dragged && event.target.closest?.("[data-section], section")) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    const list = event.target.closest?.("section")?.querySelector("[data-section]");
    const form = document.getElementById("place-item");
    if (!dragged || !list || !form) return;
    event.preventDefault();
    const others = [...list.querySelectorAll("[data-item]")].filter((item) => item !== dragged);
    const above = others.filter((item) => {
      const box = item.getBoundingClientRect();
      return box.top + box.height / 2 < event.clientY;
    });
    const place = above.length + 1;
    form.action = `/reviews/items/${dragged.dataset.item}/move`;
    form.elements.section.value = list.dataset.section;
    form.elements.place.value = String(place);
    form.submit();
  });

  function focusItem() {
    if (location.hash.startsWith("#item-")) document.getElementById(location.hash.slice(1))?.focus();
  }

  const start = () => { localTimes(document); cards(document); follow(); followSurvey(); focusItem(); };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
