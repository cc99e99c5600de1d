"use strict";
// The page is complete without this, but for the list of Services: it filters, and draws that list piece by piece.
(() => {
  const byId = (id) => document.getElementById(id);
  const CHUNK = 200;
  const data = JSON.parse(byId("data").textContent);
  const filter = byId("filter");
  const severities = [...document.querySelectorAll(".filters input[type=checkbox]")];
  const articles = [...document.querySelectorAll("article")];
  const list = byId("services");
  const more = byId("more");
  const count = byId("count");
  articles.forEach((article) => { article.text = article.textContent.toLowerCase(); });
  let matching = [];
  let shown = 0;

  // Names are only ever set as text, never as markup.
  const element = (name, text, className) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const drawMore = () => {
    const piece = document.createDocumentFragment();
    for (const [id, place, codes] of matching.slice(shown, shown + CHUNK)) {
      const item = document.createElement("li");
      item.append(element("b", id), element("span", place, "place soft"));
      item.append(element("span", codes.map((at) => data.codes[at]).join(" "), "codes"));
      piece.append(item);
    }
    shown = Math.min(shown + CHUNK, matching.length);
    list.append(piece);
    more.hidden = shown === matching.length;
    count.textContent = `${matching.length.toLocaleString("en")} of ${data.services.length.toLocaleString("en")} service ports`;
  };

  const apply = () => {
    const words = filter.value.trim().toLowerCase();
    const wanted = new Set(severities.filter((box) => box.checked).map((box) => box.value));
    const codes = new Set();
    for (const article of articles) {
      const isWanted = wanted.has(article.dataset.severity);
      if (isWanted) codes.add(article.dataset.code);
      const names = data.named[article.dataset.code];
      article.hidden = !(isWanted && (article.text.includes(words) || (names && names.some((name) => name.includes(words)))));
    }
    matching = data.services.filter(([id, , of]) =>
      id.toLowerCase().includes(words) && of.some((at) => codes.has(data.codes[at])));
    if (words && matching.length === 0) {
      matching = data.services.filter(([, , of]) =>
        of.some((at) => codes.has(data.codes[at]) && data.codes[at].toLowerCase().includes(words)));
    }
    list.replaceChildren();
    shown = 0;
    drawMore();
    byId("none").hidden = articles.some((article) => !article.hidden);
  };

  data.named = {};
  for (const [id, , codes] of data.services) {
    for (const at of codes) (data.named[data.codes[at]] ??= []).push(id.toLowerCase());
  }
  let waiting = 0;
  filter.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  severities.forEach((box) => box.addEventListener("change", apply));
  more.addEventListener("click", drawMore);
  new IntersectionObserver((seen) => {
    if (seen[0].isIntersecting && !more.hidden && shown > 0) drawMore();
  }, { rootMargin: "600px" }).observe(more);

  const theme = byId("theme");
  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const label = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  label();

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== filter) {
      event.preventDefault();
      filter.focus();
    } else if (event.key === "Escape" && document.activeElement === filter) {
      filter.value = "";
      apply();
    }
  });

  // On paper, everything is open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));
  apply();
  document.documentElement.dataset.ready = "true";
})();
