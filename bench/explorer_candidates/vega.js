// A globe on a canvas, by Vega.
const dots = (k) => lon[k].map((a, i) => ({lon: a, lat: lat[k][i]}));
const shape = {type: "Feature", geometry: {type: "MultiLineString", coordinates: coasts}};
const spec = {width: 800, height: 700,
  signals: [{name: "turn", value: 0}],
  projections: [{name: "globe", type: "orthographic", scale: 330,
    translate: [400, 350], rotate: [{signal: "turn"}, -40, 0]}],
  data: [{name: "coasts", values: [shape]},
         {name: "sky", values: dots(0), transform: [{type: "geopoint", projection: "globe",
           fields: ["lon", "lat"]}]}],
  marks: [{type: "shape", from: {data: "coasts"}, encode: {enter: {stroke: {value: "black"}}},
           transform: [{type: "geoshape", projection: "globe"}]},
          {type: "symbol", from: {data: "sky"}, encode: {enter: {size: {value: 3}},
           update: {x: {field: "x"}, y: {field: "y"}}}}]};
const clouds = lon.map((_, k) => dots(k));
let view;
window.show = (k) => view.signal("turn", turn).data("sky", clouds[k]).run();
const asked = {mode: "vega", renderer: "canvas", actions: false};
vegaEmbed("#plot", spec, asked).then((made) => { view = made.view; next(); });
