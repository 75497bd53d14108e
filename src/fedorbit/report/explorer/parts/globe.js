// The Earth on a canvas, as a globe or as a flat map, and what moves over it.

const COLORS = {
  space: "#ffffff", sea: "#e6edf4", land: "#cfcabd", edge: "#9aa3ad", grid: "#d3dce5",
  night: "rgba(28, 36, 66, 0.18)", satellite: "#5b6470", pass: "rgba(60, 70, 85, 0.28)",
  ink: "#1b1f24", rim: "#ffffff",
};
// Of links, by colour, dash and width; the dashes tell them apart in grey.
const LINKS = {
  access: { color: "#1b1f24", dash: [], width: 2, label: "ground to satellite (access link)" },
  feeder: { color: "#00805c", dash: [7, 4], width: 2.4, label: "station to satellite (feeder link)" },
  isl: { color: "#b3508a", dash: [2, 3], width: 2, label: "satellite to satellite" },
  carry: { color: "#7a4a00", dash: [12, 3, 2, 3], width: 2, label: "carried on board" },
};

class Globe {
  constructor(canvas, land) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.base = document.createElement("canvas");
    this.land = { type: "MultiPolygon", coordinates: land.map((ring) => [outward(ring)]) };
    this.isFlat = false;
    this.center = [0, 30];
  }

  resize() {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    for (const canvas of [this.canvas, this.base]) {
      canvas.width = Math.round(this.width * ratio);
      canvas.height = Math.round(this.height * ratio);
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.turnTo(this.center);
  }

  // Look down on a longitude and latitude, in degrees.
  turnTo(center) {
    this.center = [center[0], Math.max(-90, Math.min(90, center[1]))];
    const [lon, lat] = this.center.map((degrees) => (degrees * Math.PI) / 180);
    this.axes = [
      [-Math.sin(lon), Math.cos(lon), 0],
      [-Math.sin(lat) * Math.cos(lon), -Math.sin(lat) * Math.sin(lon), Math.cos(lat)],
      [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)],
    ];
    const { width, height } = this;
    this.radius = 0.42 * Math.min(width, height);
    this.projection = this.isFlat
      ? d3.geoEquirectangular().rotate([-this.center[0], 0])
          .fitExtent([[6, 6], [width - 6, height - 6]], { type: "Sphere" })
      : d3.geoOrthographic().rotate([-this.center[0], -this.center[1]])
          .scale(this.radius).translate([width / 2, height / 2]).clipAngle(90);
    this.drawBase();
  }

  drawBase() {
    const pen = this.base.getContext("2d");
    const path = d3.geoPath(this.projection, pen);
    pen.clearRect(0, 0, this.width, this.height);
    fill(pen, path, { type: "Sphere" }, COLORS.sea);
    pen.beginPath();
    path(this.land);
    pen.fillStyle = COLORS.land;
    pen.fill("evenodd"); // a lake is a ring inside of a ring
    pen.strokeStyle = COLORS.grid;
    pen.lineWidth = 0.6;
    pen.beginPath();
    path(d3.geoGraticule10());
    pen.stroke();
    pen.strokeStyle = COLORS.edge;
    pen.lineWidth = 1;
    pen.beginPath();
    path({ type: "Sphere" });
    pen.stroke();
  }

  // Return x and y on the canvas of a place in km, and whether the Earth hides it.
  place(x, y, z) {
    if (this.isFlat) {
      const [px, py] = this.projection(lonLat([x, y, z]));
      return [px, py, true];
    }
    const [e, n, u] = this.axes;
    const k = this.radius / EARTH_KM;
    const px = k * (e[0] * x + e[1] * y + e[2] * z);
    const py = k * (n[0] * x + n[1] * y + n[2] * z);
    const towards = u[0] * x + u[1] * y + u[2] * z;
    const isSeen = towards > 0 || px * px + py * py > this.radius * this.radius;
    return [this.width / 2 + px, this.height / 2 - py, isSeen];
  }

  // Begin a frame: the Earth, and the night on the side away from the Sun.
  begin(sun) {
    this.pen.clearRect(0, 0, this.width, this.height);
    this.pen.drawImage(this.base, 0, 0, this.width, this.height);
    const night = d3.geoCircle().center(lonLat(sun.map((part) => -part))).radius(90).precision(4)();
    fill(this.pen, d3.geoPath(this.projection, this.pen), night, COLORS.night);
  }

  satellites(r) {
    const { pen } = this;
    pen.fillStyle = COLORS.satellite;
    const size = this.width > 500 ? 2 : 1.5;
    for (let at = 0; at < r.length; at += 3) {
      if (Number.isNaN(r[at])) continue;
      const [x, y, isSeen] = this.place(r[at], r[at + 1], r[at + 2]);
      if (isSeen) pen.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }

  // Draw a line between two places in km, where both are seen.
  line(from, to, style) {
    this.way([from, to], style);
  }

  // Draw a way through places in km; pieces that the Earth hides are left out.
  way(places, { color, width, dash = [], alpha = 1 }) {
    const { pen } = this;
    pen.save();
    pen.globalAlpha = alpha;
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.beginPath();
    if (this.isFlat) {
      const path = d3.geoPath(this.projection, pen);
      path({ type: "LineString", coordinates: places.map(lonLat) });
    } else {
      let before = null;
      for (const place of places) {
        const [x, y, isSeen] = this.place(...place);
        if (isSeen && before) pen.lineTo(x, y);
        else if (isSeen) pen.moveTo(x, y);
        before = isSeen;
      }
    }
    pen.stroke();
    pen.restore();
  }

  // Draw a site: a disc for clients, a triangle for a station.
  site(place, { isStation, color, isBusy, isChosen, halo }) {
    const [x, y, isSeen] = this.place(...place);
    if (!isSeen) return;
    const { pen } = this;
    if (halo > 0) {
      pen.strokeStyle = color;
      pen.lineWidth = 4 * halo;
      circle(pen, x, y, 9 + 16 * (1 - halo));
      pen.stroke();
    }
    pen.lineWidth = isChosen ? 3.5 : 2;
    pen.strokeStyle = COLORS.ink;
    pen.fillStyle = isBusy ? color : "#ffffff";
    if (isStation) triangle(pen, x, y, 7);
    else circle(pen, x, y, isChosen ? 8 : 6.5);
    pen.fill();
    pen.stroke();
  }

  // Write a name beside a place.
  name(place, words, isBold) {
    const [x, y, isSeen] = this.place(...place);
    if (isSeen) this.text(x + 18, y + 5, words, isBold);
  }

  // Draw a model as a disc with a letter: on board, or at a site. The rim of the one
  // that is followed is as long as the share of it that goes back to the first model.
  token(place, { color, letter, label, isFollowed, share }) {
    const [x, y, isSeen] = this.place(...place);
    if (!isSeen) return;
    const { pen } = this;
    const size = isFollowed ? 13 : 8.5;
    pen.fillStyle = color;
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 2;
    circle(pen, x, y, size);
    pen.fill();
    pen.stroke();
    if (isFollowed) {
      pen.lineWidth = 4;
      pen.strokeStyle = COLORS.rim;
      circle(pen, x, y, size + 3);
      pen.stroke();
      pen.strokeStyle = COLORS.ink;
      pen.beginPath();
      pen.arc(x, y, size + 3, -Math.PI / 2, (2 * share - 0.5) * Math.PI);
      pen.stroke();
    }
    pen.fillStyle = d3.lab(color).l > 62 ? COLORS.ink : "#ffffff";
    pen.font = `bold ${isFollowed ? 14 : 10}px sans-serif`;
    pen.textAlign = "center";
    pen.fillText(letter, x, y + (isFollowed ? 5 : 3.5));
    pen.textAlign = "left";
    if (label) this.text(x + size + 6, y - size - 2, label, true);
  }

  text(x, y, words, isBold) {
    const { pen } = this;
    pen.font = `${isBold ? "bold " : ""}13px sans-serif`;
    const wide = pen.measureText(words).width;
    const left = x + wide > this.width - 4 ? Math.max(4, x - wide - 36) : x;
    pen.lineJoin = "round";
    pen.lineWidth = 3.5;
    pen.strokeStyle = "rgba(255, 255, 255, 0.9)";
    pen.strokeText(words, left, y);
    pen.fillStyle = COLORS.ink;
    pen.fillText(words, left, y);
  }
}

// Return a ring so wound that its inside is the smaller part of the sphere.
function outward(ring) {
  const area = d3.geoArea({ type: "Polygon", coordinates: [ring] });
  return area > 2 * Math.PI ? ring.slice().reverse() : ring;
}

function fill(pen, path, shape, color) {
  pen.beginPath();
  path(shape);
  pen.fillStyle = color;
  pen.fill();
}

function circle(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
}

function triangle(pen, x, y, size) {
  pen.beginPath();
  pen.moveTo(x, y - size);
  pen.lineTo(x + size, y + 0.8 * size);
  pen.lineTo(x - size, y + 0.8 * size);
  pen.closePath();
}
