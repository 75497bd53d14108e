// Where satellites and the Sun are at any time, from states every few minutes.

const EARTH_KM = 6378.135; // WGS-72, as SGP4 has it
const GRAVITY = 398600.8; // km^3/s^2
const J2 = 0.001082616;
const SPIN = 7.292115e-5; // rad/s, of the Earth
const MISSING = -32768;

// Return the array that a column holds; see packing.py.
function unpack(column) {
  const bytes = Uint8Array.from(atob(column.base64), (c) => c.charCodeAt(0));
  return new window[column.array](bytes.buffer);
}

// Return a table with all of its columns unpacked, times in seconds.
function unpackTable(table, tick) {
  const found = {};
  for (const [name, column] of Object.entries(table)) {
    if (!column.array) continue;
    found[name] = unpack(column);
  }
  for (const name of ["start", "end", "hand", "used", "time"])
    if (found[name]) found[name] = Float64Array.from(found[name], (t) => t * tick);
  return found;
}

// Write the acceleration at an Earth-fixed state: gravity with J2, and the turning frame.
function acceleration(x, y, z, vx, vy, out) {
  const r2 = x * x + y * y + z * z;
  const pull = -GRAVITY / (r2 * Math.sqrt(r2));
  const oblate = (1.5 * J2 * EARTH_KM * EARTH_KM) / r2;
  const polar = (5 * z * z) / r2;
  out[0] = pull * x * (1 + oblate * (1 - polar)) + SPIN * (2 * vy + SPIN * x);
  out[1] = pull * y * (1 + oblate * (1 - polar)) + SPIN * (-2 * vx + SPIN * y);
  out[2] = pull * z * (1 + oblate * (3 - polar));
}

class Tracks {
  constructor(satellites, step, states) {
    this.step = step;
    this.states = states;
    this.count = satellites.names.length;
    this.r = this.values(satellites.r_km);
    this.v = this.values(satellites.v_km_s);
    this.curves = new Float64Array(18 * this.count); // of the present interval
    this.interval = -1;
    this.now = new Float64Array(3 * this.count);
    this.ends = [new Float64Array(3), new Float64Array(3)];
  }

  values(scaled) {
    const whole = unpack(scaled.values);
    return Float64Array.from(whole, (n) => (n === MISSING ? NaN : n * scaled.unit));
  }

  intervalAt(time) {
    return Math.max(0, Math.min(this.states - 2, Math.floor(time / this.step)));
  }

  // Write the quintic through both ends of an interval: place, velocity, acceleration.
  fit(satellite, interval, out, at) {
    const { r, v, step: h, ends } = this;
    const a = 3 * (satellite * this.states + interval);
    const b = a + 3;
    acceleration(r[a], r[a + 1], r[a + 2], v[a], v[a + 1], ends[0]);
    acceleration(r[b], r[b + 1], r[b + 2], v[b], v[b + 1], ends[1]);
    for (let k = 0; k < 3; k++, at += 6) {
      const [p, q] = [h * v[a + k], h * v[b + k]];
      const [f, g] = [0.5 * h * h * ends[0][k], 0.5 * h * h * ends[1][k]];
      const way = r[b + k] - r[a + k];
      out[at] = r[a + k];
      out[at + 1] = p;
      out[at + 2] = f;
      out[at + 3] = 10 * way - 6 * p - 4 * q - 3 * f + g;
      out[at + 4] = -15 * way + 8 * p + 7 * q + 3 * f - 2 * g;
      out[at + 5] = 6 * way - 3 * p - 3 * q - f + g;
    }
  }

  // Return x, y and z of all satellites in km, one after the other.
  all(time) {
    const interval = this.intervalAt(time);
    if (interval !== this.interval) {
      for (let i = 0; i < this.count; i++) this.fit(i, interval, this.curves, 18 * i);
      this.interval = interval;
    }
    const s = time / this.step - interval;
    const { curves: c, now } = this;
    for (let k = 0, at = 0; k < now.length; k++, at += 6)
      now[k] = polynomial(c, at, s);
    return now;
  }

  // Return x, y and z of one satellite at the time of the last `all`.
  place(satellite) {
    return this.now.subarray(3 * satellite, 3 * satellite + 3);
  }

  // Return x, y and z of one satellite in km.
  one(satellite, time) {
    const interval = this.intervalAt(time);
    const c = new Float64Array(18);
    this.fit(satellite, interval, c, 0);
    const s = time / this.step - interval;
    return [0, 6, 12].map((at) => polynomial(c, at, s));
  }
}

function polynomial(c, at, s) {
  return c[at] + s * (c[at + 1] + s * (c[at + 2] + s * (c[at + 3] + s * (c[at + 4] + s * c[at + 5]))));
}

// Return longitude and latitude of a direction, in degrees.
function lonLat([x, y, z]) {
  const degrees = 180 / Math.PI;
  return [Math.atan2(y, x) * degrees, Math.atan2(z, Math.hypot(x, y)) * degrees];
}

// Return x, y and z in km of a place on the ground.
function onGround(longitude, latitude) {
  const [a, b] = [(longitude * Math.PI) / 180, (latitude * Math.PI) / 180];
  return [Math.cos(b) * Math.cos(a), Math.cos(b) * Math.sin(a), Math.sin(b)].map(
    (part) => part * EARTH_KM,
  );
}

// Return the direction of the Sun, between its directions every `step` seconds.
function sunAt(sun, step, time) {
  const k = Math.max(0, Math.min(sun.length - 2, Math.floor(time / step)));
  const s = time / step - k;
  return sun[k].map((part, axis) => part * (1 - s) + sun[k + 1][axis] * s);
}

// Return the number of leading entries of a sorted array that are at most `value`.
function countUpTo(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Finds the rows of a table, sorted by start, that last at a time.
class Spans {
  constructor(table) {
    this.table = table;
    this.longest = table.start.reduce((most, s, row) => Math.max(most, table.end[row] - s), 0);
  }

  // With `after`, those that ended less than that many seconds ago are there, too.
  at(time, after = 0) {
    const { start, end } = this.table;
    const rows = [];
    for (let row = countUpTo(start, time) - 1; row >= 0; row--) {
      if (start[row] < time - this.longest - after) break;
      if (end[row] + after > time) rows.push(row);
    }
    return rows;
  }
}
