// Shows one picture after the other, and counts them.
let pictures = 0, turn = 0;
function next() { show(turn++ % lon.length); pictures++; requestAnimationFrame(next); }
