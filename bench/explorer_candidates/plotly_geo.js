// A globe of SVG, by Plotly.
const gaps = coasts.flatMap((c) => [...c, [null, null]]);
const line = {type: "scattergeo", mode: "lines", lon: gaps.map((p) => p[0]),
              lat: gaps.map((p) => p[1])};
const dots = {type: "scattergeo", mode: "markers", lon: lon[0], lat: lat[0],
              marker: {size: 2}};
const hidden = {visible: false};
const geo = {projection: {type: "orthographic"}, showcoastlines: false, showland: false,
             showframe: false, lakes: hidden};
function show(k) {
  Plotly.restyle("plot", {lon: [lon[k]], lat: [lat[k]]}, [1]);
}
Plotly.newPlot("plot", [line, dots], {geo, width: 800, height: 700}).then(next);
