/**
 * Preload (`node --import …/shiftClock.ts`): moves this process's wall clock by HVE_LOCAL_CLOCK_OFFSET.
 *
 * Only what asks for the present moves: `Date.now()`, `new Date()`, `Date()`. Dates made from a value, timers,
 * `performance.now()` and `process.hrtime()` stay. Node's own internals (file times, certificate checks) keep the machine's
 * clock; the Date header that node:http would add by itself is set here, on errors too.
 */
import { ServerResponse } from 'node:http';
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
  const { prototype } = ServerResponse;
  prototype.writeHead = new Proxy(prototype.writeHead, {
    apply: (writeHead, response: ServerResponse, args: Parameters<ServerResponse['writeHead']>) => {
      if (!response.headersSent && !response.hasHeader('date')) {
        response.setHeader('Date', new Date().toUTCString());
      }
      return Reflect.apply(writeHead, response, args);
    },
  });
}
