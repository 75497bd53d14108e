// One strategy on the page: its globe, what happens now, its curves.

// Of the reader's time, in seconds: for how long a mix shows, and a transfer that ended.
const HALO_S = 1.2;
const GLOW_S = 0.3;
const CHARTS_HZ = 8; // a browser lays text out anew each time, which takes long

class View {
  constructor(holder, data, player, strategy) {
    this.data = data;
    this.player = player;
    this.charted = -Infinity;
    this.root = document.getElementById("view").content.firstElementChild.cloneNode(true);
    holder.append(this.root);
    const part = (name) => this.root.querySelector(`.${name}`);
    this.parts = Object.fromEntries(
      ["choice", "does", "now", "legs", "groups", "sky", "accuracy", "bits"].map((n) => [n, part(n)]),
    );
    this.globe = new Globe(this.parts.sky, data.land);
    this.accuracy = new Chart(this.parts.accuracy, "Test accuracy", "%");
    this.bits = new Chart(this.parts.bits, "Sent so far, by link", "GB");
    for (const { name, label, infeasible } of data.strategies)
      this.parts.choice.append(new Option(infeasible ? `${label}: infeasible` : label, name));
    this.parts.choice.value = strategy.name;
    this.parts.choice.addEventListener("change", () => player.choose(this, this.parts.choice.value));
    this.makeGroups();
    this.makeHandles();
    this.choose(strategy);
  }

  makeGroups() {
    this.data.groups.forEach((group, number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", () => this.player.pick(number));
      this.parts.groups.append(button);
    });
  }

  makeHandles() {
    const { sky } = this.parts;
    let from = null;
    sky.addEventListener("pointerdown", (event) => {
      from = { x: event.offsetX, y: event.offsetY, center: this.globe.center, isDrag: false };
      sky.setPointerCapture(event.pointerId);
    });
    sky.addEventListener("pointermove", (event) => {
      if (!from) return;
      const [dx, dy] = [event.offsetX - from.x, event.offsetY - from.y];
      from.isDrag = from.isDrag || Math.hypot(dx, dy) > 4;
      const degrees = this.globe.isFlat ? 360 / this.globe.width : 57.3 / this.globe.radius;
      if (from.isDrag)
        this.player.turn([from.center[0] - dx * degrees, from.center[1] + dy * degrees]);
    });
    sky.addEventListener("pointerup", (event) => {
      if (from && !from.isDrag) this.pickNear(event.offsetX, event.offsetY);
      from = null;
    });
  }

  // Choose the group whose site was clicked.
  pickNear(x, y) {
    this.data.groups.forEach((group, number) => {
      for (const place of this.data.placesOf(group)) {
        const [px, py, isSeen] = this.globe.place(...place);
        if (isSeen && Math.hypot(px - x, py - y) < 16) this.player.pick(number);
      }
    });
  }

  choose(strategy) {
    this.strategy = strategy;
    this.root.style.setProperty("--accent", strategy.color);
    const { legs } = this.parts;
    legs.replaceChildren();
    this.parts.does.textContent = strategy.does;
    const lap = this.player.isFollowing && strategy.lap;
    legs.hidden = !lap;
    if (!lap) return;
    lap.flights.forEach((row, number) => {
      const { from, to, hand } = strategy.flights;
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${this.data.nodeName(from[row])} → ${this.data.nodeName(to[row])}`;
      button.title = `Go to flight ${number + 1}`;
      button.addEventListener("click", () => this.player.seek(hand[row]));
      item.append(button);
      legs.append(item);
    });
  }

  resize() {
    this.globe.resize();
    this.showCurves();
  }

  showCurves() {
    const { strategy, data, player } = this;
    if (strategy.infeasible) return;
    const curves = strategy.curves.map(({ group, times, values }) => {
      const isChosen = group === player.picked;
      const label = isChosen ? data.groupName(group) : "";
      return isChosen
        ? { label, color: COLORS.ink, width: 2.4, dash: [5, 3], times, values }
        : { label, color: "#aab1b9", width: 1, times, values };
    });
    curves.sort((a, b) => a.width - b.width);
    if (strategy.mean) curves.push({ label: "mean", color: strategy.color, width: 2.6, ...strategy.mean });
    this.accuracy.show(curves, data.hours);
    this.bits.show(strategy.sent, data.hours);
  }

  // Return the most that any strategy on the page has sent over one link by a time.
  mostSent(time) {
    const curves = this.player.views.flatMap((view) => view.strategy.sent || []);
    return d3.max(curves, (curve) => valueAt(curve, time));
  }

  draw(time) {
    const { strategy, data, globe, player } = this;
    if (!globe.width || !globe.height) return; // the page is not on a screen
    const sentence = tell(strategy, data, time, player.isFollowing);
    if (this.parts.now.textContent !== sentence) this.parts.now.textContent = sentence;
    globe.begin(sunAt(data.sun, data.step_s, time));
    const r = data.tracks.all(time);
    this.drawPasses(time);
    globe.satellites(r);
    if (!strategy.infeasible) {
      this.drawLap(time);
      this.drawTransfers(time);
    }
    this.drawSites(time);
    if (strategy.infeasible) return;
    this.drawFlights(time);
    this.nameSites();
    const isDue = !player.isPlaying || performance.now() - this.charted > 1000 / CHARTS_HZ;
    if (isDue) this.drawCharts(time);
  }

  drawCharts(time) {
    this.charted = performance.now();
    this.accuracy.upTo(time, (value) => (Number.isNaN(value) ? "" : `${value.toFixed(1)} %`), () => 100);
    this.bits.upTo(time, (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0)), (end) => this.mostSent(end));
  }

  drawPasses(time) {
    const { from, to } = this.data.passes;
    for (const row of this.data.passSpans.at(time))
      this.globe.line(this.data.at(from[row]), this.data.at(to[row]), { color: COLORS.pass, width: 0.8 });
  }

  // Draw what is sent. While the clock runs, a transfer fades away after its end: most
  // would be gone too soon to be seen.
  drawTransfers(time) {
    const { from, to, link, end } = this.strategy.transfers;
    const glow = this.player.isPlaying ? GLOW_S * this.player.pace : 0;
    for (const row of this.strategy.transferSpans.at(time, glow)) {
      const alpha = time < end[row] ? 1 : 1 - (time - end[row]) / glow;
      const style = { ...LINKS[this.data.links[link[row]]], alpha };
      this.globe.line(this.data.at(from[row]), this.data.at(to[row]), style);
    }
  }

  drawSites(time) {
    const { strategy, data, globe, player } = this;
    const busy = new Set();
    if (!strategy.infeasible)
      for (const row of strategy.roundSpans.at(time)) busy.add(strategy.rounds.group[row]);
    const buttons = this.parts.groups.children;
    data.groups.forEach((group, number) => {
      const curve = strategy.infeasible ? null : strategy.curves.find((c) => c.group === number);
      const value = curve ? valueAt(curve, time) : NaN;
      const label = `${data.groupName(number)}${Number.isNaN(value) ? "" : ` ${value.toFixed(0)} %`}`;
      const isChosen = number === player.picked;
      if (buttons[number].textContent !== label) buttons[number].textContent = label;
      buttons[number].setAttribute("aria-pressed", isChosen);
      const halo = player.isCalm || strategy.infeasible ? 0 : this.haloOf(number, time);
      const look = { color: strategy.color, isBusy: busy.has(number), isChosen, halo };
      data.placesOf(group).forEach((place) => globe.site(place, look));
    });
    data.stations.forEach(({ place }) => globe.site(place, { isStation: true, color: strategy.color }));
  }

  // Write the names of sites over all else.
  nameSites() {
    const { data, globe, player } = this;
    data.groups.forEach((group, number) => {
      const label = this.parts.groups.children[number].textContent;
      globe.name(data.placesOf(group)[0], label, number === player.picked);
    });
    data.stations.forEach(({ name, place }) => globe.name(place, name, false));
  }

  // Return how much of the halo of a flight that was used at a group's site is left.
  haloOf(number, time) {
    const { from, to, used } = this.strategy.flights;
    const lasts = HALO_S * this.player.pace;
    const nodes = this.data.groups[number].nodes;
    let left = 0;
    for (let row = 0; row < to.length; row++) {
      const age = time - used[row];
      if (age >= 0 && age < lasts && nodes.includes(to[row])) left = Math.max(left, 1 - age / lasts);
    }
    return left;
  }

  drawFlights(time) {
    const { strategy, data, globe } = this;
    const { satellite, start, end } = strategy.flights;
    const followed = this.followed(time);
    for (const row of strategy.flightSpans.at(time)) {
      const isFollowed = row === followed;
      const steps = d3.range(31).map((k) => start[row] + (k / 30) * (time - start[row]));
      const ahead = d3.range(21).map((k) => time + (k / 20) * (end[row] - time));
      const way = (times) => times.map((t) => data.tracks.one(satellite[row], t));
      globe.way(way(steps), { color: strategy.color, width: isFollowed ? 4 : 1.8, alpha: isFollowed ? 1 : 0.6 });
      globe.way(way(ahead), { color: strategy.color, width: 1.4, dash: [2, 4], alpha: 0.8 });
    }
    for (const row of strategy.flightSpans.at(time)) {
      const isFollowed = row === followed;
      globe.token(data.at(satellite[row]), this.tokenOf(row, time, isFollowed));
    }
    if (followed !== null && !(time >= start[followed] && time < end[followed])) this.drawDocked(followed, time);
  }

  tokenOf(row, time, isFollowed) {
    const { flights, makers, lap } = this.strategy;
    const maker = makers[flights.maker[row]];
    const letter = maker.startsWith("the ") ? "★" : maker.slice(0, 1) || "•";
    const step = isFollowed ? stepAt(lap, time) : null;
    const label = step ? `model of ${maker}` : "";
    return { color: this.strategy.color, letter, label, isFollowed, share: step ? step.share : 0 };
  }

  // Draw the followed model where it waits: on board over its goal, or at a site.
  drawDocked(row, time) {
    const { satellite, from, to, start, used } = this.strategy.flights;
    const node = time < start[row] ? from[row] : time < used[row] ? satellite[row] : to[row];
    const token = this.tokenOf(row, time, true);
    if (time >= used[row]) Object.assign(token, { letter: "✓", label: `arrived in ${this.data.nodeName(to[row])}` });
    this.globe.token(this.data.at(node), token);
  }

  // Return the flight of the way that is followed at a time, or null.
  followed(time) {
    const { lap } = this.strategy;
    const step = this.player.isFollowing && lap ? stepAt(lap, time) : null;
    return step ? lap.flights[step.leg] : null;
  }

  // Draw the flights of the followed model that are over, and mark the present one.
  drawLap(time) {
    const { strategy, data, globe, player } = this;
    if (!player.isFollowing || !strategy.lap) return;
    const { satellite, start, end, used } = strategy.flights;
    strategy.lap.flights.forEach((row, number) => {
      const item = this.parts.legs.children[number];
      const isNow = row === this.followed(time);
      item.className = isNow ? "current" : time >= used[row] ? "done" : "";
      if (isNow) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      if (time < end[row] || time > strategy.lap.ends) return;
      const places = d3.range(25).map((k) => data.tracks.one(satellite[row], start[row] + (k / 24) * (end[row] - start[row])));
      globe.way(places, { color: strategy.color, width: 3, alpha: 0.45 });
    });
  }
}
