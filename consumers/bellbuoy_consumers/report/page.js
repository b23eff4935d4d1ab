/* Shows a window's numbers under the pointer, and the same window in every chart. */
const data = JSON.parse(document.getElementById("data").textContent);
const tip = document.getElementById("tip");
const charts = [...document.querySelectorAll("svg.chart")];
const WIDTH = 320; // of the charts' own coordinates

function cross(x) {
  for (const chart of charts) {
    const line = chart.querySelector(".cross");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }
}

function hide() {
  tip.style.opacity = 0;
  cross(-9);
}

function nearest(at) {
  let best = 0;
  let near = Infinity;
  data.at.forEach(([left, right], place) => {
    const away = at < left ? left - at : at > right ? at - right : 0;
    if (away < near) [near, best] = [away, place];
  });
  return best;
}

function say(text, strong) {
  const line = document.createElement("div");
  line.textContent = text;
  if (strong) line.style.fontWeight = 600;
  tip.append(line);
}

function tell(name, place) {
  const column = data.columns[name];
  const distance = column.ks[place];
  const limit = column.threshold[place];
  tip.textContent = "";
  say(name, true);
  say(data.when[place]);
  say(data.rows[place].toLocaleString("en") + " rows");
  const rings = limit === null ? "" : ", rings above " + limit.toFixed(3);
  say("distance " + (distance === null ? "unknown" : distance.toFixed(3)) + rings);
  if (column.drift[place]) say("drift", true);
  if (column.broken[place]) say("data broken", true);
}

function show(event) {
  const chart = event.currentTarget;
  const box = chart.getBoundingClientRect();
  const place = nearest((event.clientX - box.left) / box.width);
  cross(((data.at[place][0] + data.at[place][1]) / 2) * WIDTH);
  tell(chart.dataset.column, place);
  const left = Math.min(innerWidth - tip.offsetWidth - 4, event.clientX - tip.offsetWidth / 2);
  const above = event.clientY - tip.offsetHeight - 16;
  tip.style.left = Math.max(4, left) + "px";
  tip.style.top = (above < 4 ? event.clientY + 20 : above) + "px";
  tip.style.opacity = 0.96;
}

for (const chart of charts) {
  chart.addEventListener("pointermove", show);
  chart.addEventListener("pointerdown", show);
  chart.addEventListener("pointerleave", hide);
}
addEventListener("scroll", hide, { passive: true });
