/** HVE_LOCAL_TIME_SCALE: by what all durations are divided; 1 where it is not set. Throws a RangeError. */
export function parseTimeScale(setting: string | undefined): number {
  if (setting === undefined || setting.trim() === '') return 1;
  const scale = Number(setting);
  if (!Number.isFinite(scale) || scale <= 0) {
    throw new RangeError(`HVE_LOCAL_TIME_SCALE is "${setting}": it must be a number above 0, such as 10.`);
  }
  return scale;
}
