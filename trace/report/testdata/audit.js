// Looks a page over and returns what is wrong with it, as sentences.
(() => {
  const faults = [];
  const fault = (text) => { if (faults.length < 20) faults.push(text); };
  const name = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") ?? ""}"> “${e.textContent.trim().slice(0, 40)}”`;

  // Nothing that came from outside has become more than text.
  if (document.title === "run" || document.querySelectorAll("img, iframe, object, embed, form, link, base").length) fault("foreign elements, or a script ran");
  if (document.scripts.length !== 1) fault(`${document.scripts.length} scripts`);
  for (const e of document.querySelectorAll("*")) {
    for (const a of e.attributes) {
      if (a.name.startsWith("on")) fault(`${name(e)} has ${a.name}`);
      if (a.name === "href" && !/^(https:\/\/|#)/.test(a.value)) fault(`${name(e)} links to ${a.value.slice(0, 60)}`);
    }
  }

  // Nothing is wider than the window, save within a frame that scrolls.
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) fault(`the page is ${root.scrollWidth} wide in a window of ${innerWidth}`);
  const scrolls = (e) => e && e !== root && (/(auto|scroll|hidden|clip)/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("svg") && e.tagName !== "svg") continue;
    const box = e.getBoundingClientRect();
    if (box.width > 0 && box.right > innerWidth + 1 && !scrolls(e.parentElement)) fault(`${name(e)} reaches to ${Math.round(box.right)}`);
  }
  // A cell's text stays within its cell.
  for (const e of [...document.querySelectorAll("td, th")].slice(0, 3000)) {
    if (e.scrollWidth > e.clientWidth + 2 && getComputedStyle(e).overflowX === "visible" && e.clientWidth > 0 && getComputedStyle(e).position !== "absolute" && !e.closest("thead")) fault(`${name(e)} is wider than its cell`);
  }

  // Text can be read: WCAG 2.2, 1.4.3.
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return { r: m[0], g: m[1], b: m[2], a: m[3] ?? 1 }; };
  const light = ({ r, g, b }) => { const f = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.a === 1) return c;
    }
    return { r: 255, g: 255, b: 255 };
  };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const seen = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (seen.has(e) || !walk.currentNode.data.trim() || ["SCRIPT", "STYLE", "title"].includes(e.tagName) || seen.size > 4000) continue;
    seen.add(e);
    if (e.getClientRects().length === 0) continue;
    const style = getComputedStyle(e);
    const drawn = e.closest(".box");
    const [text, ground] = drawn ? [style.fill, parse(getComputedStyle(drawn.querySelector("rect")).fill)] : [style.color, behind(e)];
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const r = ratio(parse(text), ground);
    if (r < (large ? 3 : 4.5)) fault(`${name(e)} has a contrast of ${r.toFixed(2)}`);
  }

  // The outline is sound.
  if (root.lang !== "en") fault("no language");
  for (const mark of ["header", "nav", "main", "footer", "h1"]) {
    const n = document.querySelectorAll(`body > ${mark}, body > header > ${mark}`).length;
    if (n !== 1) fault(`${n} of ${mark}`);
  }
  let level = 0;
  for (const h of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const next = Number(h.tagName[1]);
    if (next > level + 1) fault(`${name(h)} follows a heading of level ${level}`);
    if (!h.textContent.trim()) fault("an empty heading");
    level = next;
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  if (new Set(ids).size !== ids.length) fault("an id stands twice");
  for (const a of document.querySelectorAll("a")) {
    if (!a.textContent.trim()) fault("a link without words");
    const to = a.getAttribute("href");
    if (to.startsWith("#") && !document.getElementById(to.slice(1))) fault(`a link to ${to}, which is nowhere`);
  }
  for (const th of document.querySelectorAll("th")) if (!["col", "row"].includes(th.scope)) fault(`${name(th)} has no scope`);
  for (const e of document.querySelectorAll("[aria-labelledby]")) if (!document.getElementById(e.getAttribute("aria-labelledby"))) fault(`${name(e)} has no label`);
  for (const svg of document.querySelectorAll("svg")) if (!svg.getAttribute("aria-label") && svg.getAttribute("aria-hidden") !== "true") fault("a drawing without a name");
  for (const e of document.querySelectorAll("button, input, [role=button]")) {
    if (!e.getAttribute("aria-label") && !e.textContent.trim() && !e.closest("label")) fault(`${name(e)} has no name`);
  }
  // What scrolls can be reached by keyboard.
  for (const e of document.querySelectorAll("body *")) {
    if (e.scrollWidth > e.clientWidth + 1 && /(auto|scroll)/.test(getComputedStyle(e).overflowX) && e.tabIndex < 0 && !e.querySelector("a, button, input, [tabindex]")) {
      fault(`${name(e)} scrolls, and no key gets there`);
    }
  }
  return faults;
})()
