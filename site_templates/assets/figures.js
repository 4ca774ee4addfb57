// Charts to take away: as SVG with its colours written in, or as PNG drawn from the same shapes, both of one width whatever
// the screen, with title, note and the address of the page below. Nothing is sent anywhere.
(function () {
  "use strict";
  const WIDE = 760;
  const EDGE = 20;
  const LINE = 20;
  const SCALE = 2; // dots of a PNG for each CSS pixel
  const NAMES = '"Source Sans 3", Arial, sans-serif';
  const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "font-weight", "font-size", "text-anchor"];
  const SVG = "http://www.w3.org/2000/svg";

  // A copy of the chart of a figure at its own width, out of sight; `use` gets it, its size and what stands around it.
  function spread(figure, use) {
    const box = document.createElement("div");
    Object.assign(box.style, { position: "absolute", left: "-9999px", width: `${WIDE}px` });
    box.append(figure.querySelector(".pi-chart").cloneNode(true));
    figure.append(box);
    const chart = box.firstElementChild;
    const measure = document.createElement("canvas").getContext("2d");
    const style = getComputedStyle(figure);
    const lines = (text, font) => {
      measure.font = font;
      return text.split(/\s+/).reduce((found, word) => {
        const longer = `${found[found.length - 1]} ${word}`.trim();
        return measure.measureText(longer).width > WIDE && found[found.length - 1] ? [...found, word] : [...found.slice(0, -1), longer];
      }, [""]);
    };
    const [bold, plain] = [`700 16px ${NAMES}`, `400 13px ${NAMES}`];
    const head = lines(figure.querySelector("figcaption").textContent.trim(), bold);
    const note = figure.querySelector("p.pi-small").textContent.trim();
    const banners = [...document.querySelectorAll(".pi-banner")].map((one) => one.textContent.trim()); // what must be known of the figures
    const foot = [...banners, note, `${document.title}. ${window.location.host}${window.location.pathname}`].flatMap((text) => lines(text, plain));
    const high = chart.getBoundingClientRect().height;
    const top = EDGE + head.length * LINE + 8;
    const texts = [
      ...head.map((text, at) => ({ text, font: bold, weight: 700, size: 16, down: EDGE + (at + 0.7) * LINE })),
      ...foot.map((text, at) => ({ text, font: plain, weight: 400, size: 13, down: top + high + 10 + (at + 0.7) * LINE })),
    ];
    const whole = { wide: WIDE + 2 * EDGE, high: top + high + 10 + foot.length * LINE + EDGE };
    const made = use(chart, { texts, top, high, whole, ink: style.color, paper: style.getPropertyValue("--pi-c-paper").trim() || "#fff" });
    box.remove();
    return made;
  }

  // --- SVG ---------------------------------------------------------------------------------------------------------

  function drawn(tag, attributes, text = "") {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  }

  function asSvg(chart, { texts, top, high, whole, ink, paper }) {
    const found = [...chart.querySelectorAll("*")].map((one) => [one, getComputedStyle(one)]);
    for (const [one, style] of found) {
      for (const name of PAINT) if (!one.hasAttribute(name) && style.getPropertyValue(name)) one.setAttribute(name, style.getPropertyValue(name));
      one.removeAttribute("class");
    }
    const picture = drawn("svg", { width: whole.wide, height: whole.high, "font-family": NAMES, role: "img", "aria-label": chart.getAttribute("aria-label") });
    chart.removeAttribute("class");
    for (const [name, value] of Object.entries({ x: EDGE, y: top, width: WIDE, height: high, overflow: "visible" })) chart.setAttribute(name, value);
    picture.append(drawn("rect", { width: "100%", height: "100%", fill: paper }));
    for (const one of texts) picture.append(drawn("text", { x: EDGE, y: one.down, fill: ink, "font-size": one.size, "font-weight": one.weight }, one.text));
    picture.append(chart);
    return new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" });
  }

  // --- PNG ---------------------------------------------------------------------------------------------------------

  const at = (one, name) => one[name].baseVal.value;

  function outline(one) {
    const path = new Path2D(one.tagName === "path" ? one.getAttribute("d") : undefined);
    if (one.tagName === "rect") path.rect(at(one, "x"), at(one, "y"), at(one, "width"), at(one, "height"));
    if (one.tagName === "circle") path.arc(at(one, "cx"), at(one, "cy"), at(one, "r"), 0, 2 * Math.PI);
    if (one.tagName === "line") {
      path.moveTo(at(one, "x1"), at(one, "y1"));
      path.lineTo(at(one, "x2"), at(one, "y2"));
    }
    return path;
  }

  // A part that carries a hatch: slanting lines of paper over its colour.
  function hatch(pen, one, paper) {
    const [x, y, wide, high] = ["x", "y", "width", "height"].map((name) => at(one, name));
    pen.save();
    pen.clip(outline(one));
    pen.strokeStyle = paper;
    pen.lineWidth = 2;
    pen.beginPath();
    for (let across = x - high; across < x + wide; across += 8) {
      pen.moveTo(across, y + high);
      pen.lineTo(across + high, y);
    }
    pen.stroke();
    pen.restore();
  }

  function paint(pen, one, paper) {
    const style = getComputedStyle(one);
    const isText = one.tagName === "text";
    const width = parseFloat(style.strokeWidth);
    pen.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
    pen.lineJoin = "round";
    pen.lineWidth = width;
    const stroked = style.stroke !== "none" && width > 0;
    if (isText) {
      const place = [one.textContent, one.x.baseVal[0].value, one.y.baseVal[0].value];
      pen.font = `${style.fontWeight} ${style.fontSize} ${NAMES}`;
      pen.textAlign = { middle: "center", end: "right" }[style.textAnchor] ?? "left";
      pen.strokeStyle = style.stroke;
      if (stroked) pen.strokeText(...place);
      pen.fillStyle = style.fill;
      return pen.fillText(...place);
    }
    if (style.fill.startsWith("url")) return hatch(pen, one, paper);
    pen.fillStyle = style.fill;
    if (style.fill !== "none" && one.tagName !== "line") pen.fill(outline(one));
    pen.strokeStyle = style.stroke;
    if (stroked) pen.stroke(outline(one));
  }

  function asPng(chart, { texts, top, whole, ink, paper }) {
    const canvas = Object.assign(document.createElement("canvas"), { width: SCALE * whole.wide, height: SCALE * whole.high });
    const pen = canvas.getContext("2d");
    pen.scale(SCALE, SCALE);
    pen.fillStyle = paper;
    pen.fillRect(0, 0, whole.wide, whole.high);
    pen.fillStyle = ink;
    for (const one of texts) {
      pen.font = one.font;
      pen.fillText(one.text, EDGE, one.down);
    }
    const base = chart.getBoundingClientRect();
    for (const one of chart.querySelectorAll("rect, line, circle, path, text")) {
      if (one.closest("defs")) continue;
      const { a, b, c, d, e, f } = one.getScreenCTM();
      pen.setTransform(SCALE * a, SCALE * b, SCALE * c, SCALE * d, SCALE * (e - base.left + EDGE), SCALE * (f - base.top + top));
      paint(pen, one, paper);
    }
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  window.parindexFigure = async function (figure, kind) {
    const blob = await spread(figure, kind === "png" ? asPng : asSvg);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${window.location.pathname.split("/").filter(Boolean).concat(figure.id).join("-")}.${kind}`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
})();
