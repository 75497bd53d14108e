// A flat map on a canvas, by Bokeh.
const plot = new Bokeh.Plotting.Figure({width: 800, height: 400, x_range: [-180, 180],
  y_range: [-90, 90]});
const part = (axis) => coasts.map((coast) => coast.map((p) => p[axis]));
plot.multi_line({xs: part(0), ys: part(1)});
const source = new Bokeh.ColumnDataSource({data: {x: lon[0], y: lat[0]}});
plot.scatter({field: "x"}, {field: "y"}, {source, size: 2});
function show(k) { source.data = {x: lon[k], y: lat[k]}; }
Bokeh.Plotting.show(plot, document.getElementById("plot")).then(next);
