"use strict";
// The page is complete without this but for the list of Services: it filters, and draws that list piece by
// piece. What an entry unfolds to is read and drawn when somebody looks at it.
(() => {
  const CHUNK = 100; // entries drawn at a time
  const GROUP = 25; // so many are skipped as one while nobody sees them; each by itself makes scrolling slow
  const FEW = 6; // so many unfold by themselves
  const PRINTED = 500; // entries on paper
  const SIGNS = { created: "+", extra: "+", deleted: "−", missing: "−" };
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const data = JSON.parse(byId("list").textContent);
  const views = byId("views").textContent.split("\n");
  const filter = byId("filter");
  const boxes = all(".filters input[type=checkbox]");
  const articles = all("article");
  const [list, more, count, unfold] = ["entries", "more", "count", "unfold"].map(byId);

  // Names are only ever set as text, never as markup.
  const element = (name, text = "", className = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const headed = (text, scope, className) => Object.assign(element("th", text, className), { scope });
  const number = (many) => many.toLocaleString("en");

  // Two texts, each with the words that it has for itself marked: what stands between what both begin and end with.
  const marked = (texts) => {
    const [one, other] = texts.map((text) => text.split(/(?<=[\s,;:/|])/));
    let head = 0;
    while (head < one.length && one[head] === other[head]) head += 1;
    let tail = 0;
    while (tail < Math.min(one.length, other.length) - head && one.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
    return [one, other].map((words, side) => {
      const part = (from, to) => words.slice(from, to).join("");
      const own = part(head, words.length - tail);
      return [part(0, head), own && element(["del", "ins"][side], own), part(words.length - tail)];
    });
  };

  // What both sides say, in cells.
  const cells = (texts, isCompared) => {
    const made = texts.map((text) => element("td", text ?? ""));
    if (isCompared && texts[0] !== texts[1]) {
      const parts = texts.includes(null)
        ? texts.map((text, side) => (text === null ? [] : [element(["del", "ins"][side], text)]))
        : marked(texts);
      made.forEach((cell, side) => cell.replaceChildren(...parts[side]));
    }
    return made;
  };

  const tableOf = (className, heads) => {
    const table = element("table", "", className);
    const row = element("tr");
    row.append(...heads.map((head) => headed(head, "col")));
    const head = element("thead");
    head.append(row);
    table.append(head);
    return table;
  };

  const drawChange = ([verb, kind, name, notes, fields]) => {
    const made = element("section", "", "change");
    const line = element("p");
    const sign = SIGNS[data.verbs[verb]] ?? "~";
    line.append(element("span", `${sign} ${data.verbs[verb]}`, `verb ${{ "+": "plus", "−": "minus" }[sign] ?? "both"}`));
    line.append(` ${data.kinds[kind]} `, element("code", name));
    notes.forEach((note) => line.append(" ", element("span", note, "soft note-of")));
    made.append(line);
    if (fields.length > 0) {
      const table = tableOf("fields", ["Field", ...data.sides]);
      const body = element("tbody");
      for (const [path, ...values] of fields) {
        const row = element("tr");
        row.append(headed(path, "row"), ...cells(values, true));
        body.append(row);
      }
      table.append(body);
      made.append(table);
    }
    return made;
  };

  const drawFrontends = (frontends) => {
    const table = tableOf("beside", data.sides);
    const columns = data.sides.length;
    const across = (cell) => Object.assign(cell, { colSpan: columns });
    for (const [name, codes, lines] of frontends) {
      const body = element("tbody");
      const row = element("tr");
      const isFolded = lines.length === 0;
      const but = codes.length > 0 ? `${isFolded ? " but for" : " ≠"} ${codes.join(" ")}` : "";
      const head = across(headed(name, "rowgroup"));
      head.append(element("span", `${isFolded ? "  equal" : " "}${but}`, isFolded ? "soft" : "mark"));
      row.append(head);
      body.append(row);
      for (const [code, sides, isName] of lines) {
        const line = element("tr");
        if (sides.length === 1) {
          line.append(across(element("td", sides[0], "soft")));
        } else {
          line.append(...cells(sides, data.isOneLanguage && !isName));
          if (code) line.lastChild.append(" ", element("span", `≠ ${code}`, "mark"));
          if (data.isOneLanguage && sides.every((side) => side === sides[0])) line.className = "soft";
        }
        body.append(line);
      }
      table.append(body);
    }
    return table;
  };

  const opened = new Set();
  let wanted = {};
  const isWanted = (name, value) => !wanted[name] || wanted[name].has(String(value));
  const isShown = ([verb, kind]) => isWanted("verb", verb) && isWanted("kind", kind);

  // What an entry unfolds to.
  const fill = (details) => {
    if (details.childElementCount > 1) return;
    const view = JSON.parse(views[details.at]);
    const body = element("div");
    if (view === null) {
      body.append(element("p", "There was no room for this one in the page; hnsplan diff prints it."));
    } else {
      const [changes, frontends] = view;
      body.append(...changes.filter(isShown).map(drawChange));
      if (frontends.length > 0) body.append(drawFrontends(frontends));
      if (changes.length + frontends.length === 0) body.append(element("p", "No side has anything for it."));
    }
    details.append(body);
  };
  const open = (details) => {
    fill(details);
    details.open = true;
  };

  const drawEntry = (at) => {
    const [name, place, codes, changes] = data.entries[at];
    const summary = element("summary");
    summary.append(element("b", name));
    const verbs = new Map();
    changes.filter(isShown).forEach(([verb, , many]) => verbs.set(verb, (verbs.get(verb) ?? 0) + many));
    const said = [...verbs].map(([verb, many]) => `${many} ${data.verbs[verb]}`);
    summary.append(element("span", said.join(", ")), element("span", codes.map((code) => data.codes[code][0]).join(" "), "soft"));
    summary.append(element("span", place, "place soft"));
    const details = element("details");
    details.at = at;
    details.append(summary);
    details.addEventListener("toggle", () => {
      if (details.open) {
        opened.add(at);
        fill(details);
      } else {
        opened.delete(at);
      }
      labelUnfold();
    });
    if (opened.has(at)) open(details);
    const item = element("li");
    item.append(details);
    return item;
  };

  let matching = [];
  let shown = 0;
  const drawMore = (many = CHUNK) => {
    const next = matching.slice(shown, shown + many);
    for (let from = 0; from < next.length; from += GROUP) {
      const group = element("ol");
      group.append(...next.slice(from, from + GROUP).map(drawEntry));
      list.append(group);
    }
    shown += next.length;
    more.hidden = shown === matching.length;
    count.textContent = `${number(matching.length)} of ${number(data.entries.length)}`;
    unfold.hidden = matching.length === 0;
    labelUnfold();
  };
  const labelUnfold = () => {
    unfold.textContent = list.querySelector("details:not([open])") ? "Unfold all" : "Fold all";
  };

  // All that is said of an entry, in small letters.
  const texts = [];
  const textOf = (at) => {
    const [name, place, codes] = data.entries[at];
    texts[at] ??= [name, place, ...codes.map((code) => data.codes[code][0]), views[at]].join("\n").toLowerCase();
    return texts[at];
  };
  const named = {};
  for (const [name, , codes] of data.entries) {
    for (const code of codes) (named[data.codes[code][0]] ??= []).push(name.toLowerCase());
  }
  articles.forEach((article) => { article.text = article.textContent.toLowerCase(); });

  const apply = () => {
    const words = filter.value.trim().toLowerCase();
    wanted = {};
    boxes.forEach((box) => {
      wanted[box.name] ??= new Set();
      if (box.checked) wanted[box.name].add(box.value);
    });
    for (const article of articles) {
      const { severity, code } = article.dataset;
      const isNamed = () => (named[code] ?? []).some((name) => name.includes(words));
      article.hidden = !(isWanted("severity", severity) && (article.text.includes(words) || isNamed()));
    }
    all("section[aria-labelledby]").forEach((group) => { group.hidden = !group.querySelector("article:not([hidden])"); });
    const none = byId("none");
    if (none) none.hidden = articles.some((article) => !article.hidden);
    const matches = (at) => {
      const [, , codes, changes] = data.entries[at];
      return (codes.length === 0 || codes.some((code) => isWanted("severity", data.codes[code][1])))
        && (changes.length === 0 || changes.some(isShown))
        && (!words || textOf(at).includes(words));
    };
    matching = [...data.entries.keys()].filter(matches);
    list.replaceChildren();
    shown = 0;
    drawMore();
  };

  let waiting = 0;
  filter.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  boxes.forEach((box) => box.addEventListener("change", apply));
  more.addEventListener("click", () => drawMore());
  new IntersectionObserver((seen) => {
    if (seen[0].isIntersecting && !more.hidden && shown > 0) drawMore();
  }, { rootMargin: "600px" }).observe(more);
  unfold.addEventListener("click", () => {
    const drawn = all("details", list);
    const folded = drawn.filter((details) => !details.open);
    if (folded.length > 0) folded.forEach(open);
    else drawn.forEach((details) => { details.open = false; });
  });

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
  let unfolded = [];
  addEventListener("beforeprint", () => {
    if (shown < PRINTED) drawMore(PRINTED - shown);
    unfolded = all("details:not([open])");
    unfolded.forEach((details) => (details.at === undefined ? (details.open = true) : open(details)));
    if (shown < matching.length) count.textContent += `; on paper the first ${number(shown)}: use the filter for others`;
  });
  addEventListener("afterprint", () => {
    unfolded.forEach((details) => { details.open = false; });
    drawMore(0);
  });
  if (data.entries.length <= FEW) data.entries.forEach((_, at) => opened.add(at));
  apply();
  document.documentElement.dataset.ready = "true";
})();
