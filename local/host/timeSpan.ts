const TIME_SPAN = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?$/;

/** Milliseconds of a .NET TimeSpan as host.json writes durations: `hh:mm:ss`, `d.hh:mm:ss`, `hh:mm:ss.fff`. Throws a RangeError. */
export function parseTimeSpanMs(text: string): number {
  const match = TIME_SPAN.exec(text.trim());
  if (match === null) {
    throw new RangeError(`"${text}" is no time span: write hours, minutes and seconds as hh:mm:ss`);
  }
  const [, sign, days, hours, minutes, seconds, fraction] = match;
  const wholeSeconds =
    ((Number(days ?? 0) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const ms = Math.round((wholeSeconds + Number(`0.${fraction ?? 0}`)) * 1000);
  return sign === undefined ? ms : -ms;
}
