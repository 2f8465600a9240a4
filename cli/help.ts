import type { Command, Option } from './command.ts';
import { optionsOf } from './commandLine.ts';
import { wrapToWidth } from './displayWidth.ts';
import { EXIT_CODES } from './exitCodes.ts';
import { GLOBAL_OPTIONS } from './globalOptions.ts';

/** `hve help`. */
export function describeCommands(commands: readonly Command[]): string {
  const rows = commands.map((command) => [usageOf(command), command.summary] as const);
  return [
    'hve looks into hve-mailer and steers it, over its HTTP API: a local one, or one in Azure.',
    '',
    ...rowsOf(rows),
    ...rowsOf([
      ['help [COMMAND]', 'this, or the help of a command'],
      ['--version', 'the version of this program'],
    ]),
    '',
    'With every command',
    ...optionRows(GLOBAL_OPTIONS),
    '',
    'Exit codes',
    ...rowsOf(EXIT_CODES.map(([code, meaning]) => [String(code), meaning] as const)),
  ].join('\n');
}

/** `hve help COMMAND`. */
export function describeCommand(command: Command): string {
  const own = Object.entries(command.options);
  const every = Object.entries(optionsOf(command)).filter(([name]) => !(name in command.options));
  return [
    `hve ${usageOf(command)}`,
    '',
    ...[command.summary, ...(command.details === undefined ? [] : [command.details])].flatMap((text) =>
      wrapToWidth(text, HELP_COLUMNS).map((line) => `  ${line}`),
    ),
    ...(own.length === 0 ? [] : ['', 'Options', ...optionRows(Object.fromEntries(own))]),
    '',
    'With every command',
    ...optionRows(Object.fromEntries(every)),
    '',
    'Examples',
    ...command.examples.map((example) => `  ${example}`),
  ].join('\n');
}

function usageOf({ name, operands }: Command): string {
  return operands === '' ? name : `${name} ${operands}`;
}

function optionRows(options: Readonly<Record<string, Option>>): string[] {
  return rowsOf(
    Object.entries(options).map(([name, { value, help, isRepeatable }]) => [
      value === undefined ? `--${name}` : `--${name} ${value}`,
      isRepeatable === true ? `${help} (may be repeated)` : help,
    ]),
  );
}

/** What stands on the left may be longer than this; then the text goes on the next line. */
const LEFT_COLUMNS = 26;
/** Where a terminal is wider, longer lines are hard to read; in a pipe it is the same text. */
const HELP_COLUMNS = 110;

function rowsOf(rows: readonly (readonly [left: string, right: string])[]): string[] {
  return rows.flatMap(([left, right]) => {
    const lines = wrapToWidth(right, HELP_COLUMNS - LEFT_COLUMNS);
    const isShort = left.length < LEFT_COLUMNS;
    return [
      ...(isShort ? [] : [`  ${left}`]),
      ...lines.map((line, at) => `  ${(isShort && at === 0 ? left : '').padEnd(LEFT_COLUMNS)}${line}`),
    ];
  });
}
