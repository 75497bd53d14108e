// A globe on a canvas, by D3.
const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
const projection = d3.geoOrthographic().scale(330).translate([400, 350]).clipAngle(90);
const path = d3.geoPath(projection, pen);
const sky = lon.map((a, k) => ({type: "MultiPoint", coordinates: d3.zip(a, lat[k])}));
path.pointRadius(1.2);
function show(k) {
  projection.rotate([turn, -40]);
  pen.clearRect(0, 0, 800, 700);
  pen.beginPath(); path({type: "MultiLineString", coordinates: coasts}); pen.stroke();
  pen.beginPath(); path(sky[k]); pen.fill();
}
next();
