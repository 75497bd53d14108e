// Curves that grow with the clock: accuracy by group, and what was sent by link.

const BITS_PER_GIGABYTE = 8e9;

class Chart {
  // `unit` is written above the axis, `format` writes a value beside its curve.
  constructor(holder, title, unit) {
    this.svg = d3.select(holder).append("svg").attr("role", "img");
    this.title = this.svg.append("text").attr("class", "title").attr("x", 4).attr("y", 14);
    this.title.text(`${title} (${unit})`);
    this.name = title;
    this.clip = `clip-${Chart.made++}`;
    this.window = this.svg.append("clipPath").attr("id", this.clip).append("rect");
    this.axes = [this.svg.append("g"), this.svg.append("g")];
    this.curves = this.svg.append("g").attr("clip-path", `url(#${this.clip})`);
    this.names = this.svg.append("g");
    this.cursor = this.svg.append("line").attr("class", "cursor");
  }

  // Show curves `{label, color, width, dash, times, values}` of a scenario of some hours.
  show(curves, hours) {
    this.shown = curves;
    this.hours = hours;
    this.reach = 0;
  }

  // Draw axes up to some hours and to the value `most`, and the curves.
  draw(reach, most) {
    const { clientWidth: width, clientHeight: height } = this.svg.node();
    const [left, right, top, bottom] = [44, 108, 24, height - 30];
    [this.reach, this.most, this.bottom] = [reach, most, bottom];
    this.x = d3.scaleLinear().domain([0, reach]).range([left, width - right]);
    this.y = d3.scaleLinear().domain([0, most || 1]).range([bottom, top]).nice(4);
    this.axes[0].attr("transform", `translate(0,${bottom})`)
      .call(d3.axisBottom(this.x).ticks(Math.max(2, width / 90)).tickFormat((h) => `${h} h`));
    this.axes[1].attr("transform", `translate(${left},0)`).call(d3.axisLeft(this.y).ticks(4).tickFormat(d3.format(",.3~f")));
    this.window.attr("x", left).attr("y", 0).attr("height", height);
    this.cursor.attr("y1", top).attr("y2", bottom);
    const draw = d3.line().curve(d3.curveStepAfter)
      .x(([time]) => this.x(time / 3600)).y(([, value]) => this.y(value));
    const points = (curve) => [
      ...Array.from(curve.times, (time, k) => [time, curve.values[k]]),
      [this.hours * 3600, curve.values[curve.values.length - 1]],
    ];
    const paths = this.curves.selectAll("path").data(this.shown);
    paths.enter().append("path").merge(paths)
      .attr("d", (curve) => draw(points(curve))).attr("fill", "none")
      .attr("stroke", (curve) => curve.color).attr("stroke-width", (curve) => curve.width)
      .attr("stroke-dasharray", (curve) => (curve.dash || []).join(" ") || null);
    paths.exit().remove();
  }

  // Let curves reach up to a time, and write their values at that time. `mostAt` says
  // how high the axis is that shows some hours.
  upTo(time, write, mostAt) {
    const reach = reachOf(time, this.hours);
    const most = mostAt(3600 * reach);
    if (reach !== this.reach || most !== this.most) this.draw(reach, most);
    const x = this.x(time / 3600);
    this.window.attr("width", Math.max(0, x - this.x.range()[0]));
    this.cursor.attr("x1", x).attr("x2", x);
    const named = this.shown.filter((curve) => curve.label)
      .map((curve) => ({ curve, value: valueAt(curve, time) }));
    spread(named.map(({ value }) => this.y(value || 0)), 15, this.bottom - 7)
      .forEach((y, k) => { named[k].y = y; });
    const texts = this.names.selectAll("text").data(named);
    texts.enter().append("text").merge(texts)
      .attr("x", Math.min(x + 5, this.x.range()[1] + 5)).attr("y", (n) => n.y + 4)
      .attr("fill", (n) => d3.rgb(n.curve.color).darker(0.8)) // pale colours make poor letters
      .text((n) => `${n.curve.label} ${write(n.value)}`);
    texts.exit().remove();
    const spoken = named.map((n) => `${n.curve.label} ${write(n.value)}`).join(", ");
    this.svg.attr("aria-label", `${this.name}: ${spoken}`);
  }
}
Chart.made = 0;

// Return the hours that an axis shows at a time: some more, in doublings of one hour.
function reachOf(time, hours) {
  let reach = 1;
  while (3600 * reach < 1.1 * time) reach *= 2;
  return Math.min(reach, hours);
}

// Return the value of a curve at a time: its last one up to then, or NaN before the first.
function valueAt(curve, time) {
  const k = countUpTo(curve.times, time) - 1;
  return k < 0 ? NaN : curve.values[k];
}

// Return heights of names at least `apart` from one another, none below `bottom`.
function spread(heights, apart, bottom) {
  const order = heights.map((_, k) => k).sort((a, b) => heights[b] - heights[a]);
  const found = heights.slice();
  let limit = bottom;
  for (const k of order) {
    found[k] = Math.min(found[k], limit);
    limit = found[k] - apart;
  }
  return found;
}

// Return the mean of curves at each time at which one of them changes.
function meanOf(curves) {
  const times = [...new Set(curves.flatMap((curve) => Array.from(curve.times)))].sort((a, b) => a - b);
  const values = times.map((time) => d3.mean(curves, (curve) => valueAt(curve, time)));
  return { times, values };
}
