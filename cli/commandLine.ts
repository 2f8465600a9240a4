import { parseArgs } from 'node:util';
import { nearestName } from '../shared/core/nearestName.ts';
import { wrongUsage } from './cliError.ts';
import type { Call, Command, Option } from './command.ts';
import { GLOBAL_OPTIONS, JSON_LINES } from './globalOptions.ts';

export type CommandLine =
  | { readonly kind: 'run'; readonly command: Command; readonly given: Given }
  /** `command` null: of all of them. */
  | { readonly kind: 'help'; readonly command: Command | null }
  | { readonly kind: 'version' };

/** What a command line gives a command. */
export type Given = Pick<Call, 'operands' | 'text' | 'texts' | 'flag' | 'number'>;

/** Throws wrong usage, with the name that was probably meant. */
export function parseCommandLine(args: readonly string[], commands: readonly Command[]): CommandLine {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help', command: null };
  if (first === '--version' || first === '-v') return { kind: 'version' };
  if (first === 'help') {
    const [name] = rest;
    return { kind: 'help', command: name === undefined ? null : findCommand(name, commands) };
  }
  // Options may stand before the command, as in `hve --url … messages`.
  const at = first.startsWith('-') ? placeOfCommand(args) : 0;
  const name = args[at];
  if (name === undefined) throw wrongUsage('Which command? hve help lists them.');
  const command = findCommand(name, commands);
  const given = parseGiven([...args.slice(0, at), ...args.slice(at + 1)], command);
  return given.flag('help') ? { kind: 'help', command } : { kind: 'run', command, given };
}

export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  return { ...command.options, ...GLOBAL_OPTIONS, ...(command.isList === true ? { jsonl: JSON_LINES } : {}) };
}

function placeOfCommand(args: readonly string[]): number {
  const known: Readonly<Record<string, Option>> = GLOBAL_OPTIONS;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-')) return at;
    if (!arg.includes('=') && known[arg.slice(2)]?.value !== undefined) at += 1;
  }
  return args.length;
}

function findCommand(name: string, commands: readonly Command[]): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  throw wrongUsage(
    `There is no command "${name}".${meant(
      name,
      commands.map(({ name }) => name),
    )} hve help lists them.`,
  );
}

function parseGiven(args: readonly string[], command: Command): Given {
  const options = optionsOf(command);
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(
        Object.entries(options).map(([name, { value }]) => [
          name,
          { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: true },
        ]),
      ),
      h: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const name = token.name === 'h' ? 'help' : token.name;
    const option = options[name];
    if (option === undefined) throw unknownOption(token.rawName, command, Object.keys(options));
    if (option.value !== undefined && token.value === undefined) {
      throw wrongUsage(`${token.rawName} takes ${option.value}: ${option.help}.`);
    }
    if (option.value === undefined && token.value !== undefined) {
      throw wrongUsage(`${token.rawName} takes no value, but "${token.value}" was given.`);
    }
    const before = values.get(name) ?? [];
    if (before.length > 0 && option.value !== undefined && option.isRepeatable !== true) {
      throw wrongUsage(`${token.rawName} was given twice; which of the two?`);
    }
    values.set(name, [...before, token.value ?? '']);
  }
  const given = givenOf(operands, values);
  if (!given.flag('help')) checkOperands(operands, command);
  if (given.flag('json') && given.flag('jsonl')) throw wrongUsage('--json or --jsonl, not both.');
  return given;
}

function givenOf(operands: readonly string[], values: ReadonlyMap<string, readonly string[]>): Given {
  const text = (name: string): string | null => values.get(name)?.at(-1) ?? null;
  return {
    operands,
    text,
    texts: (name) => values.get(name) ?? [],
    flag: (name) => values.has(name),
    number(name, least) {
      const value = text(name);
      if (value === null) return null;
      const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
      if (!(number >= least))
        throw wrongUsage(`--${name} takes a whole number from ${least} on, not "${value}".`);
      return number;
    },
  };
}

function checkOperands(operands: readonly string[], command: Command): void {
  const { name, operandsAtLeast, operandsAtMost } = command;
  if (operands.length < operandsAtLeast) {
    throw wrongUsage(`hve ${name} needs ${command.operands}. hve help ${name} shows an example.`);
  }
  if (operands.length > operandsAtMost) {
    const expected = operandsAtMost === 0 ? 'none is expected' : `${command.operands} is expected`;
    throw wrongUsage(`hve ${name}: what is "${operands[operandsAtMost]}"? Behind the command ${expected}.`);
  }
}

function unknownOption(rawName: string, { name }: Command, known: readonly string[]): Error {
  const wanted = rawName.replace(/^-+/, '');
  return wrongUsage(
    `hve ${name} has no option ${rawName}.${meant(wanted, known, '--')} hve help ${name} lists them.`,
  );
}

function meant(name: string, known: readonly string[], dashes = ''): string {
  const near = nearestName(name, known);
  return near === null ? '' : ` Is ${dashes}${near} meant?`;
}
