// The clock, and all that the reader can set.

const READ_S = 3; // of the reader's time, for a sentence
const STEP_S = 60; // of an arrow key; ten times as much with shift
const FRAME_STEP_S = 1; // of the reader's time, for those who want no motion

// Make columns of the page's data into arrays, and add what they are looked up by.
function prepare(data) {
  const satellites = data.satellites.names.length;
  data.tracks = new Tracks(data.satellites, data.step_s, data.sun.length);
  data.passes = unpackTable(data.passes, data.tick_s);
  data.passSpans = new Spans(data.passes);
  for (const site of data.sites) site.place = onGround(site.longitude_deg, site.latitude_deg);
  data.stations = data.sites.filter((site) => site.kind === "station");
  data.nodeName = (node) => data.satellites.names[node] ?? data.sites[node - satellites].name;
  data.groupName = (number) => {
    if (number === data.groups.length) return "server";
    const { name } = data.groups[number];
    return /^\d+$/.test(name) ? `${data.group} ${Number(name) + 1}` : name;
  };
  // Places are those of the time for which `tracks.all` was last asked.
  data.at = (node) => (node < satellites ? data.tracks.place(node) : data.sites[node - satellites].place);
  data.placesOf = (group) => group.nodes.map(data.at);
  data.strategies.filter((strategy) => !strategy.infeasible).forEach((strategy) => prepareStrategy(strategy, data));
  return data;
}

function prepareStrategy(strategy, data) {
  strategy.sentences = strategy.news.sentences;
  strategy.makers = strategy.flights.makers;
  for (const part of ["transfers", "flights", "rounds", "news"])
    strategy[part] = unpackTable(strategy[part], data.tick_s);
  strategy.transferSpans = new Spans(strategy.transfers);
  strategy.flightSpans = new Spans(strategy.flights);
  strategy.roundSpans = new Spans(strategy.rounds);
  strategy.curves = strategy.curves.map((curve) => {
    const { time, accuracy } = unpackTable(curve, data.tick_s);
    return { group: curve.group, times: time, values: Array.from(accuracy, (a) => a / 100) };
  });
  const own = strategy.curves.filter((curve) => curve.group < data.groups.length);
  if (own.length) strategy.mean = meanOf(own);
  const marks = d3.range(data.marks + 1).map((k) => (k / data.marks) * data.hours * 3600);
  strategy.sent = Object.entries(strategy.bits).map(([link, bits]) => ({
    ...LINKS[link],
    label: { carry: "carried", isl: "between sat." }[link] || link,
    times: marks,
    values: Array.from(unpack(bits), (b) => b / BITS_PER_GIGABYTE),
  }));
  const { lap, flights, transfers, rounds, news } = strategy;
  strategy.ended = d3.max([transfers.end, flights.used, rounds.end, news.time], (ends) => d3.max(ends));
  if (!lap) return;
  lap.starts = lap.steps.map((step) => step.start_s);
  lap.ends = flights.used[lap.flights[lap.flights.length - 1]] + 120;
}

class Player {
  constructor(data) {
    this.data = data;
    this.isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.isFollowing = data.strategies.some((strategy) => strategy.lap);
    this.picked = -1;
    this.frames = 0;
    this.views = [];
    const get = (id) => document.getElementById(id);
    this.controls = Object.fromEntries(
      ["play", "back", "forth", "clock", "when", "speed", "shape", "compare", "follow", "views", "spoken"]
        .map((id) => [id, get(id)]),
    );
    this.speed = Number(this.controls.speed.value);
    this.controls.clock.max = Math.round(data.hours * 3600);
    this.addView(data.strategies[0]);
    this.listen();
    const { lap } = data.strategies[0];
    data.time = lap ? Math.max(0, lap.starts[0] - 30) : 0;
    this.turn(this.middle());
    this.resize();
    this.play(!this.isCalm);
    requestAnimationFrame((now) => this.frame(now, now));
  }

  // Return the place in the middle of all places of clients, to look down on.
  middle() {
    const clients = this.data.sites.filter((site) => site.kind !== "station");
    const places = (clients.length ? clients : this.data.sites).map((site) => site.place);
    const sum = [0, 1, 2].map((axis) => d3.sum(places, (place) => place[axis]));
    return Math.hypot(...sum) > 0.1 * EARTH_KM * places.length ? lonLat(sum) : [0, 30];
  }

  addView(strategy) {
    this.views.push(new View(this.controls.views, this.data, this, strategy));
  }

  listen() {
    const { play, back, forth, clock, speed, shape, compare, follow } = this.controls;
    play.addEventListener("click", () => this.play(!this.isPlaying));
    back.addEventListener("click", () => this.seek(this.data.time - STEP_S));
    forth.addEventListener("click", () => this.seek(this.data.time + STEP_S));
    clock.addEventListener("input", () => this.seek(Number(clock.value)));
    speed.addEventListener("change", () => { this.speed = Number(speed.value); });
    shape.addEventListener("click", () => this.flatten(shape.getAttribute("aria-pressed") !== "true"));
    compare.addEventListener("click", () => this.compare(this.views.length === 1));
    follow.addEventListener("click", () => this.follow(!this.isFollowing));
    follow.setAttribute("aria-pressed", this.isFollowing);
    follow.disabled = !this.isFollowing;
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("resize", () => this.resize());
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isTyping = ["SELECT", "INPUT"].includes(event.target.tagName);
    const isPressed = event.target.tagName === "BUTTON" && event.key === " ";
    const step = event.shiftKey ? 10 * STEP_S : STEP_S;
    const act = {
      " ": () => this.play(!this.isPlaying),
      ArrowLeft: () => this.seek(this.data.time - step),
      ArrowRight: () => this.seek(this.data.time + step),
      Home: () => this.seek(0),
      End: () => this.seek(this.data.hours * 3600),
    }[event.key];
    if (!act || isTyping || isPressed) return;
    event.preventDefault();
    act();
  }

  // Return seconds of the scenario in a second of the reader's time. Where a followed
  // model has a short step, they are few, so that its sentence can be read.
  get pace() {
    const { lap } = this.views[0].strategy;
    const step = this.isFollowing && lap ? stepAt(lap, this.data.time) : null;
    if (!step) return this.speed;
    const next = lap.steps[lap.steps.indexOf(step) + 1];
    const lasts = (next ? next.start_s : lap.ends) - step.start_s;
    return Math.min(this.speed, Math.max(lasts, 0.5) / READ_S);
  }

  play(isPlaying) {
    this.isPlaying = isPlaying;
    const { play } = this.controls;
    play.textContent = isPlaying ? "❚❚ Pause" : "▶ Play";
    if (isPlaying && this.data.time >= this.data.hours * 3600) this.seek(0);
  }

  seek(time) {
    this.data.time = Math.max(0, Math.min(this.data.hours * 3600, time));
    this.draw();
  }

  pick(number) {
    this.picked = this.picked === number ? -1 : number;
    this.views.forEach((view) => view.showCurves());
    this.draw();
  }

  turn(center) {
    this.views.forEach((view) => {
      view.globe.center = center;
      if (view.globe.width) view.globe.turnTo(center);
    });
    if (this.views[0].globe.width) this.draw();
  }

  flatten(isFlat) {
    this.controls.shape.setAttribute("aria-pressed", isFlat);
    this.views.forEach((view) => { view.globe.isFlat = isFlat; });
    this.turn(isFlat ? [0, 0] : this.middle());
  }

  compare(isBoth) {
    const { compare, views } = this.controls;
    compare.setAttribute("aria-pressed", isBoth);
    if (isBoth) {
      const shown = this.views[0].strategy;
      const others = this.data.strategies.filter((s) => s !== shown);
      this.addView(others.find((s) => s.front) || others[0] || shown);
      Object.assign(this.views[1].globe, { isFlat: this.views[0].globe.isFlat, center: this.views[0].globe.center });
    } else this.views.pop().root.remove();
    views.classList.toggle("both", isBoth);
    this.resize();
  }

  follow(isFollowing) {
    this.isFollowing = isFollowing;
    this.controls.follow.setAttribute("aria-pressed", isFollowing);
    this.views.forEach((view) => view.choose(view.strategy));
    const lap = this.views.map((view) => view.strategy.lap).find(Boolean);
    if (isFollowing && lap) this.data.time = Math.max(0, lap.starts[0] - 30);
    this.resize();
  }

  choose(view, name) {
    view.choose(this.data.strategies.find((strategy) => strategy.name === name));
    this.resize();
  }

  resize() {
    this.views.forEach((view) => view.resize());
    this.draw();
  }

  // Advance the clock by the time since the last frame; without motion, once a second.
  frame(now, before) {
    const passed = (now - before) / 1000;
    const isDue = !this.isCalm || passed >= FRAME_STEP_S;
    if (this.isPlaying && isDue) {
      const most = this.data.hours * 3600;
      this.data.time = Math.min(most, this.data.time + Math.min(passed, FRAME_STEP_S) * this.pace);
      if (this.data.time === most) this.play(false);
      this.draw();
      this.frames += 1;
    }
    const last = isDue || !this.isPlaying ? now : before;
    requestAnimationFrame((next) => this.frame(next, last));
  }

  draw() {
    const { time, start } = this.data;
    const { clock, when, spoken } = this.controls;
    this.views.forEach((view) => view.draw(time));
    clock.value = time;
    clock.setAttribute("aria-valuetext", clockText(time));
    const date = new Date(Date.parse(start) + 1000 * time).toISOString();
    when.textContent = `${clockText(time)} of ${this.data.hours} h, ${date.slice(0, 16).replace("T", " ")} UTC`;
    const { lap } = this.views[0].strategy;
    const step = this.isFollowing && lap ? stepAt(lap, time) : null;
    if (step && spoken.textContent !== step.text) spoken.textContent = step.text;
  }
}

window.explorer = new Player(prepare(JSON.parse(document.getElementById("data").textContent)));
