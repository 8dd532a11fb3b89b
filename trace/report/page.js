"use strict";
(() => {
  const most = 200;

  // Long tables get a field that leaves only the rows with some text.
  for (const frame of document.querySelectorAll(".frame.long")) {
    const label = document.createElement("label");
    label.className = "filter";
    label.textContent = "Show rows with ";
    const input = document.createElement("input");
    input.type = "search";
    input.spellcheck = false;
    input.placeholder = "an address, a tx, an asset …";
    label.append(input);
    frame.before(label);
    let rows;
    input.addEventListener("input", () => {
      rows ??= [...frame.querySelectorAll("tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
      const want = input.value.trim().toLowerCase();
      for (const [row, text] of rows) row.hidden = !text.includes(want);
    });
  }

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });

  const picture = document.getElementById("picture");
  if (!picture) return;
  const svg = picture.querySelector("svg");
  const width = Number(svg.dataset.width), height = Number(svg.dataset.height);
  picture.classList.add("live");
  svg.setAttribute("preserveAspectRatio", "xMinYMid meet");

  // Pan and zoom move the view box.
  let view = { x: 0, y: 0, w: width, h: height };
  const show = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
  const home = () => {
    svg.style.height = Math.round(Math.max(200, Math.min(0.8 * innerHeight, 720, (svg.clientWidth * height) / width))) + "px";
    const shape = svg.clientWidth / Math.max(svg.clientHeight, 1);
    const w = Math.max(width, height * shape);
    view = { x: 0, y: (height - w / shape) / 2, w, h: w / shape };
    // What would be too small to read begins at its left end instead.
    const readable = svg.clientWidth / 0.7;
    if (view.w > readable) {
      const boxes = [...picture.querySelectorAll(".k-source")];
      const places = boxes.map((box) => box.transform.baseVal.consolidate().matrix.f);
      const middle = places.length ? places.reduce((a, b) => a + b, 0) / places.length + 22 : height / 2;
      view = { x: 0, y: middle - readable / shape / 2, w: readable, h: readable / shape };
    }
    show();
  };
  const zoom = (factor, px = 0.5, py = 0.5) => {
    const w = Math.min(Math.max(view.w * factor, 240), 6 * Math.max(width, height));
    const h = (w * view.h) / view.w;
    view = { x: view.x + (view.w - w) * px, y: view.y + (view.h - h) * py, w, h };
    show();
  };
  const whole = () => {
    const shape = svg.clientWidth / Math.max(svg.clientHeight, 1);
    const w = Math.max(width, height * shape);
    view = { x: (width - w) / 2, y: (height - w / shape) / 2, w, h: w / shape };
    show();
  };
  // On paper nobody can pan.
  addEventListener("beforeprint", () => { svg.setAttribute("viewBox", `0 0 ${width} ${height}`); svg.style.height = ""; });
  addEventListener("afterprint", home);
  const tools = document.createElement("div");
  tools.className = "tools";
  for (const [sign, name, act] of [["+", "Zoom in", () => zoom(0.75)], ["−", "Zoom out", () => zoom(1 / 0.75)], ["all", "Show the whole picture", whole]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", act);
    tools.append(button);
  }
  picture.prepend(tools);
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const at = svg.getBoundingClientRect();
    zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, (event.clientX - at.left) / at.width, (event.clientY - at.top) / at.height);
  }, { passive: false });
  let grip = null, moved = false;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    grip = { x: event.clientX, y: event.clientY, view };
    moved = false;
  });
  addEventListener("pointermove", (event) => {
    if (!grip) return;
    const dx = event.clientX - grip.x, dy = event.clientY - grip.y;
    if (Math.abs(dx) + Math.abs(dy) > 4) moved = true;
    if (!moved) return;
    view = { ...grip.view, x: grip.view.x - (dx * grip.view.w) / svg.clientWidth, y: grip.view.y - (dy * grip.view.h) / svg.clientHeight };
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { grip = null; });

  // An address lights up its payments, and lists its transfers when chosen.
  const boxes = [...picture.querySelectorAll(".box")];
  const arrows = [...picture.querySelectorAll(".arrows path")];
  const light = (box) => {
    picture.classList.toggle("lit", box !== null);
    for (const arrow of arrows) {
      arrow.classList.toggle("on", box !== null && (arrow.dataset.from === box.dataset.box || arrow.dataset.to === box.dataset.box));
    }
  };
  const chosen = document.getElementById("chosen");
  let index;
  const rowsOf = (address) => {
    if (!index) {
      index = new Map();
      for (const id of ["edges", "transfers"]) {
        for (const row of document.querySelectorAll(`#${id} tbody tr`)) {
          for (const name of new Set([...row.querySelectorAll("td.x a")].map((a) => a.textContent))) {
            if (!index.has(name)) index.set(name, { edges: [], transfers: [] });
            index.get(name)[id].push(row);
          }
        }
      }
    }
    return index.get(address) ?? { edges: [], transfers: [] };
  };
  const list = (id, title, rows) => {
    if (rows.length === 0) return;
    const heading = document.createElement("h3");
    heading.textContent = title + (rows.length > most ? ` (the first ${most} of ${rows.length})` : "");
    const frame = document.createElement("div");
    frame.className = "frame long";
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", title);
    const table = document.createElement("table");
    table.append(document.querySelector(`#${id} thead`).cloneNode(true), document.createElement("tbody"));
    for (const row of rows.slice(0, most)) {
      const copy = row.cloneNode(true);
      copy.hidden = false;
      table.tBodies[0].append(copy);
    }
    frame.append(table);
    chosen.append(heading, frame);
  };
  const choose = (box) => {
    for (const other of boxes) {
      other.classList.toggle("on", other === box);
      other.setAttribute("aria-pressed", String(other === box));
    }
    light(box);
    chosen.hidden = box === null;
    chosen.replaceChildren();
    if (box === null) return;
    const heading = document.createElement("h3");
    heading.textContent = box.dataset.title;
    chosen.append(heading);
    const found = { edges: new Set(), transfers: new Set() };
    for (const address of box.dataset.members.split(" ")) {
      for (const id of ["edges", "transfers"]) for (const row of rowsOf(address)[id]) found[id].add(row);
    }
    list("edges", "What went through it", [...found.edges]);
    list("transfers", "Its transfers in this case", [...found.transfers]);
  };
  let current = null;
  for (const box of boxes) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "button");
    box.setAttribute("aria-pressed", "false");
    box.setAttribute("aria-label", box.dataset.title);
    box.addEventListener("mouseenter", () => light(box));
    box.addEventListener("mouseleave", () => light(current));
    box.addEventListener("focus", () => light(box));
    box.addEventListener("blur", () => light(current));
    const act = () => { current = current === box ? null : box; choose(current); };
    box.addEventListener("click", () => { if (!moved) act(); });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
  }
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
    if (step) view = { ...view, x: view.x + step[0] * view.w, y: view.y + step[1] * view.h };
    else if (event.key === "+" || event.key === "=") return zoom(0.75);
    else if (event.key === "-") return zoom(1 / 0.75);
    else if (event.key === "0") return whole();
    else return;
    event.preventDefault();
    show();
  });
  home();
})();
