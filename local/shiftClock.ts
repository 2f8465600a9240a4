/**
 * Preload (`node --import …/shiftClock.ts`): moves this process's wall clock by HVE_LOCAL_CLOCK_OFFSET.
 *
 * Only what asks for the present moves: `Date.now()`, `new Date()`, `Date()`. Dates made from a value, timers,
 * `performance.now()` and `process.hrtime()` stay. Node's own internals (the Date header that node:http adds by
 * itself, file times, certificate checks) keep the machine's clock, so servers of ours set their Date header themselves.
 */
import { parseIsoDurationMs } from './isoDuration.ts';

const setting = process.env['HVE_LOCAL_CLOCK_OFFSET'];
if (setting !== undefined && setting !== '') {
  shiftClock(parseIsoDurationMs(setting));
}

function shiftClock(offsetMs: number): void {
  const MachineDate = Date;
  const machineNow = Date.now.bind(Date);
  const shiftedNow = (): number => machineNow() + offsetMs;
  // A proxy, not a subclass: dates made before or inside Node stay `instanceof Date`, and Date() without `new` works.
  const ShiftedDate = new Proxy(MachineDate, {
    construct: (target, args: unknown[], newTarget): object =>
      Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget),
    apply: () => new MachineDate(shiftedNow()).toString(),
  });
  MachineDate.now = shiftedNow;
  MachineDate.prototype.constructor = ShiftedDate;
  globalThis.Date = ShiftedDate;
}
