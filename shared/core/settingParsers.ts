import { z } from 'zod';
import { isTimeZone } from './calendarDay.ts';
import { checkAddress } from './emailAddress.ts';
import { parseDurationMs } from './isoDuration.ts';

export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

export function parsed<T>(parse: (text: string) => T | null): z.ZodType<T, string> {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: 'not as expected' });
    return z.NEVER;
  });
}

/** undefined: not set, the profile's limit holds. null: no limit. */
export function limit(min: number, max: number): z.ZodType<number | null | undefined, string> {
  return z.union([z.literal('none').transform(() => null), wholeNumber(min, max)]);
}

/** Entries of a comma-separated list, all of them or null. Trailing commas are a habit and mean nothing. */
export function parseList<T>(text: string, parse: (entry: string) => T | null): T[] | null {
  const values: T[] = [];
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue;
    const value = parse(entry.trim());
    if (value === null) return null;
    values.push(value);
  }
  return values.length === 0 ? null : values;
}

export function parseMailAddress(text: string): string | null {
  const check = checkAddress(text);
  return check.ok ? check.address.toLowerCase() : null;
}

/** The origin of an https address without path, login and query. */
export function parseOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return url.protocol === 'https:' && isPlain ? url.origin : null;
}

/** An https address with a path perhaps, without login and query; without a slash at its end. */
export function parseBaseUri(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return url.protocol === 'https:' && isPlain ? url.origin + url.pathname.replace(/\/+$/, '') : null;
}

export function parseTimeZone(text: string): string | null {
  // Offsets such as +01:00 are no zones: they know no summer time.
  if (!/^[A-Za-z]/.test(text)) return null;
  return isTimeZone(text) ? text : null;
}

export function parsePositiveDuration(text: string): number | null {
  const ms = parseDurationMs(text);
  return ms !== null && ms > 0 ? ms : null;
}

/** From 0 to 100, with a fraction perhaps. */
export function parsePercent(text: string): number | null {
  const percent = /^\d{1,3}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Infinity;
  return percent <= 100 ? percent : null;
}

export function parseTimeScale(text: string): number | null {
  const scale = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  return scale > 0 ? scale : null;
}

/** As the SDKs take it: a key, a shared access signature, or the emulator's short form. */
export function parseConnectionString(text: string): string | null {
  const hasKey = /(^|;)AccountName=[^;]+/.test(text) && /(^|;)AccountKey=[^;]+/.test(text);
  const hasSignature = /(^|;)SharedAccessSignature=[^;]+/.test(text);
  return hasKey || hasSignature || /(^|;)UseDevelopmentStorage=true(;|$)/.test(text) ? text : null;
}
