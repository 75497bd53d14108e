// What happens now, in words.

const SOON = 900; // seconds for which the last news is told

function clockText(time) {
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  return `${Math.floor(time / 3600)}:${two((time / 60) % 60)}:${two(time % 60)}`;
}

function minutesText(seconds) {
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

// Return the step of a model's way that lasts at a time, or null before and after.
function stepAt(lap, time) {
  const k = countUpTo(lap.starts, time) - 1;
  return k < 0 || time > lap.ends ? null : lap.steps[k];
}

// Return the sentence of the way that is followed: the step, and how far a flight is.
function tellLap(strategy, time) {
  const { lap, flights } = strategy;
  const step = stepAt(lap, time);
  if (!step) return "";
  const row = lap.flights[step.leg];
  const isAloft = time >= flights.start[row] && time < flights.end[row];
  const far = isAloft
    ? ` It has flown ${minutesText(time - flights.start[row])} of ${minutesText(flights.end[row] - flights.start[row])}.`
    : "";
  return `Flight ${step.leg + 1} of ${lap.flights.length}. ${step.text}${far}`;
}

// Return what a strategy as a whole does at a time.
function tellAll(strategy, data, time) {
  const { news, flights } = strategy;
  const said = [];
  const last = countUpTo(news.time, time) - 1;
  if (last >= 0 && time - news.time[last] < SOON)
    said.push(`${clockText(news.time[last])}: ${strategy.sentences[news.sentence[last]]}`);
  const aloft = strategy.flightSpans.at(time);
  if (aloft.length) {
    const sites = aloft.map((row) => data.nodeName(flights.to[row]));
    const goals = [...new Set(sites)].sort().join(", ");
    said.push(`${aloft.length === 1 ? "1 flight is" : `${aloft.length} flights are`} under way, to ${goals}.`);
  }
  const busy = strategy.roundSpans.at(time).length;
  if (busy) said.push(`${busy} of ${data.groups.length} ${data.group}s train.`);
  const isOver = time > strategy.ended;
  const rest = isOver ? `The plan has ended at ${clockText(strategy.ended)}.` : "Nothing is sent, and nobody trains.";
  return said.join(" ") || rest;
}

function tell(strategy, data, time, isFollowing) {
  if (strategy.infeasible) return `${strategy.label} cannot be planned here; results have the reason.`;
  const way = isFollowing && strategy.lap ? tellLap(strategy, time) : "";
  return way || tellAll(strategy, data, time);
}
