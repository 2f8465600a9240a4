/** The options of the benchmarks, alike in how they are given and refused. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { WrongUsage } from './bench.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Of each option what was given, as text. Throws `WrongUsage` for what is none of them. */
export function readOptions<const Known extends Options>(args: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Options with a text each. */
export function textOptions<Name extends string>(
  names: readonly Name[],
): Readonly<Record<Name, { readonly type: 'string' }>> {
  const options = names.map((name) => [name, { type: 'string' }] as const);
  return Object.fromEntries(options) as Record<Name, { readonly type: 'string' }>;
}

export function readWhole(
  name: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new WrongUsage(`--${name} takes a whole number from ${from} to ${to}, not "${text}".`);
}

export function readName<Name extends string>(option: string, text: string, known: readonly Name[]): Name {
  return pick(option, text, known, known.join(' or '));
}

/** Names with commas between them; absent: all. */
export function readNames<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known;
  const words = `${known.join(', ')}, separated by commas`;
  return text.split(',').map((wanted) => pick(option, wanted, known, words));
}

/** `words`: what may be given. */
function pick<Name extends string>(
  option: string,
  text: string,
  known: readonly Name[],
  words: string,
): Name {
  const name = known.find((one) => one === text);
  if (name !== undefined) return name;
  throw new WrongUsage(`--${option} takes ${words}, not "${text}".`);
}
