/**
 * How a command shows its result. For a person at a terminal: tables that fit, colours, UTC times. In a pipe: the same facts, whole,
 * one record a line and tabs between; no colours, no bars. With --json: the API's own words.
 */
import { makePaint, type Colour, type Paint } from './paint.ts';
import { safeJson, safeText } from './safeText.ts';
import { cutToWidth, displayWidth, padToWidth, wrapToWidth } from './displayWidth.ts';
import type { World } from './world.ts';

export type Format = 'human' | 'plain' | 'json' | 'jsonl';

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | null;
  readonly colour?: (row: Row) => Colour | null;
  readonly align?: 'right';
  /** Gives way first where the terminal is too narrow. */
  readonly isElastic?: boolean;
  /** At a terminal it stands in lines of its own beneath its row, whole: a sentence fits no column. */
  readonly isBelow?: boolean;
}

export interface Screen {
  readonly format: Format;
  readonly paint: Paint;
  /** Block characters may be used. */
  readonly hasBlocks: boolean;
  columns(): number;
  /** A line for people only: nothing of it in a pipe or in JSON. */
  say(line?: string): void;
  /** One line of the result, in words that are ours or safe already. */
  line(text: string): void;
  /** The rows, and for people `empty` where there are none. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], empty: string): void;
  /** `label  value`, wrapped; a value that is null is left out. In a pipe `label<TAB>value`. */
  facts(facts: readonly Fact[]): void;
  json(value: unknown): void;
  /** To stderr: a diagnostic. */
  note(line: string): void;
}

export interface Fact {
  readonly label: string;
  readonly value: string | number | null;
  readonly colour?: Colour | null;
}

const GAP = '  ';
/** An elastic column keeps so much, however narrow the terminal. */
const ELASTIC_AT_LEAST = 8;
/** Longer lines are hard to read. */
const TEXT_AT_MOST = 110;

export function makeScreen(world: World, format: Format): Screen {
  const { stdout, stderr, env } = world;
  const paint = makePaint(env, stdout);
  const write = (line: string): void => stdout.write(`${line}\n`);

  function plainTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    write(columns.map(({ title }) => title.toLowerCase().replaceAll(' ', '_')).join('\t'));
    for (const row of rows) write(columns.map(({ of }) => safeText(String(of(row) ?? ''))).join('\t'));
  }

  function humanTable<Row>(all: readonly Column<Row>[], rows: readonly Row[]): void {
    // A column that says nothing only takes room.
    const columns = all.filter(
      ({ of, isBelow = false }) => !isBelow && rows.some((row) => (of(row) ?? '') !== ''),
    );
    const below = all.filter(({ isBelow = false }) => isBelow);
    const cells = rows.map((row) => columns.map(({ of }) => safeText(showCell(of(row)))));
    const widths = fitWidths(
      columns.map(({ title, isElastic = false }, index) => ({
        width: Math.max(displayWidth(title), ...cells.map((row) => displayWidth(row[index] ?? ''))),
        isElastic,
      })),
      stdout.columns(),
    );
    const lineOf = (texts: readonly string[], colourAt: (index: number) => Colour | null): string =>
      columns
        .map(({ align }, index) => {
          const width = widths[index] ?? 0;
          const text = padToWidth(
            cutToWidth(texts[index] ?? '', width),
            width,
            align === 'right' ? 'right' : 'left',
          );
          return paint(colourAt(index), text);
        })
        .join(GAP)
        .trimEnd();
    write(
      lineOf(
        columns.map(({ title }) => title),
        () => 'bold',
      ),
    );
    for (const [at, row] of rows.entries()) {
      write(lineOf(cells[at] ?? [], (index) => columns[index]?.colour?.(row) ?? null));
      for (const { of } of below) writeBelow(of(row));
    }
  }

  function writeBelow(value: string | number | null): void {
    if (value === null || value === '') return;
    const left = Math.max(20, Math.min(stdout.columns(), TEXT_AT_MOST) - GAP.length);
    for (const line of showCell(value).split('\n')) {
      for (const part of wrapToWidth(safeText(line), left)) write(`${GAP}${paint('dim', part)}`);
    }
  }

  return {
    format,
    paint,
    hasBlocks: hasBlocks(env),
    columns: () => stdout.columns(),
    say: (line = '') => {
      if (format === 'human') write(line);
    },
    line: write,
    table(columns, rows, empty) {
      if (format === 'plain') plainTable(columns, rows);
      else if (rows.length === 0) write(empty);
      else humanTable(columns, rows);
    },
    facts(facts) {
      const given = facts.flatMap(({ label, value, colour = null }) =>
        value === null || value === '' ? [] : [{ label, text: safeText(String(value)), colour }],
      );
      if (format === 'plain') {
        for (const { label, text } of given) write(`${label.toLowerCase().replaceAll(' ', '_')}\t${text}`);
        return;
      }
      const labelWidth = Math.max(0, ...given.map(({ label }) => displayWidth(label)));
      const left = Math.max(20, Math.min(stdout.columns(), TEXT_AT_MOST) - labelWidth - GAP.length);
      for (const { label, text, colour } of given) {
        for (const [index, part] of wrapToWidth(text, left).entries()) {
          const head = padToWidth(index === 0 ? label : '', labelWidth);
          write(`${paint('dim', head)}${GAP}${paint(colour, part)}`);
        }
      }
    },
    json: (value) => write(safeJson(value, format === 'jsonl' ? undefined : 2)),
    note: (line) => stderr.write(`${line}\n`),
  };
}

/** `2026-11-24 08:00:00Z` in the place of `2026-11-24T08:00:00.000Z`. */
export function shortTime(iso: string | null): string | null {
  return iso === null ? null : iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, 'Z');
}

/** `12,345`, whatever the machine's language. */
export function showNumber(value: number): string {
  return value.toLocaleString('en-US');
}

function showCell(value: string | number | null): string {
  if (value === null) return '';
  return typeof value === 'number' ? showNumber(value) : value;
}

/** The elastic columns share what is missing. */
function fitWidths(
  columns: readonly { readonly width: number; readonly isElastic: boolean }[],
  available: number,
): number[] {
  const total = columns.reduce((sum, { width }) => sum + width, 0) + GAP.length * (columns.length - 1);
  let missing = total - available;
  const widths = columns.map(({ width }) => width);
  while (missing > 0) {
    // Always the widest: two columns share what there is instead of one of them getting all of it.
    let widest = -1;
    for (const [index, { isElastic }] of columns.entries()) {
      if (
        isElastic &&
        (widths[index] ?? 0) > ELASTIC_AT_LEAST &&
        (widths[index] ?? 0) > (widths[widest] ?? 0)
      ) {
        widest = index;
      }
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    missing -= 1;
  }
  return widths;
}

/** A terminal in the C locale cannot show them; where nothing is said (a container) it can as a rule. */
function hasBlocks(env: World['env']): boolean {
  if (env['TERM'] === 'dumb' || env['TERM'] === 'linux') return false;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return locale === undefined || /utf-?8/i.test(locale);
}
