// A globe of WebGL, by Plotly.
const place = (lon, lat, r) => {
  const [u, v] = [lon * Math.PI / 180, lat * Math.PI / 180];
  return [r * Math.cos(v) * Math.cos(u), r * Math.cos(v) * Math.sin(u), r * Math.sin(v)];
};
const gaps = coasts.flatMap((coast) =>
  [...coast.map((p) => place(p[0], p[1], 1)), [null, null, null]]);
const sky = lon.map((row, k) => row.map((a, i) => place(a, lat[k][i], 1.09)));
const part = (points, axis) => points.map((p) => p[axis]);
const trace = (points) => ({x: part(points, 0), y: part(points, 1), z: part(points, 2)});
const line = {type: "scatter3d", mode: "lines", ...trace(gaps)};
const dots = {type: "scatter3d", mode: "markers", marker: {size: 2}, ...trace(sky[0])};
function show(k) {
  const {x, y, z} = trace(sky[k]);
  Plotly.restyle("plot", {x: [x], y: [y], z: [z]}, [1]);
}
Plotly.newPlot("plot", [line, dots], {width: 800, height: 700}).then(next);
