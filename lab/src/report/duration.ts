const minuteSeconds = 60;
const hourSeconds = 3600;
const daySeconds = 86_400;

/** A simulated duration in its largest fitting unit: `40 s`, `5 min`, `10 h`, `30 d`. */
export function describeDuration(seconds: number): string {
  if (seconds < 2 * minuteSeconds) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / minuteSeconds);
  if (minutes < 2 * 60 && minutes !== 60) return `${minutes} min`;
  if (seconds < 2 * daySeconds) return `${Math.round(seconds / hourSeconds)} h`;
  return `${Math.round(seconds / daySeconds)} d`;
}

/** An instant of the story: `day 2 07:30:15`, without the day on the first. */
export function describeInstant(secondsFromStart: number): string {
  const whole = Math.floor(secondsFromStart);
  const days = Math.floor(whole / daySeconds);
  const clock = [
    Math.floor((whole % daySeconds) / hourSeconds),
    Math.floor((whole % hourSeconds) / minuteSeconds),
    whole % minuteSeconds,
  ]
    .map((value) => String(value).padStart(2, '0'))
    .join(':');
  return days === 0 ? clock : `day ${days + 1} ${clock}`;
}
