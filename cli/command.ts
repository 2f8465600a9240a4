/** What a command is. Its table of options is all that the parser, the help and docs/cli.md know of it. */
import type { Api } from './api.ts';
import type { Connection } from './connection.ts';
import type { ExitCode } from './exitCodes.ts';
import type { Screen } from './screen.ts';
import type { World } from './world.ts';

export interface Option {
  /** A flag has none: the name of its value in the help. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  /** Behind the name, `ID` or `[NAME]`; empty: nothing. */
  readonly operands: string;
  readonly operandsAtLeast: number;
  readonly operandsAtMost: number;
  readonly summary: string;
  /** What its help says further. */
  readonly details?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** A list can be had as JSON lines. */
  readonly isList?: boolean;
  readonly examples: readonly string[];
  run(call: Call): Promise<ExitCode>;
}

/** What was asked for, and what it is done with. */
export interface Call {
  readonly operands: readonly string[];
  /** The last one given; null: none. */
  text(option: string): string | null;
  texts(option: string): readonly string[];
  flag(option: string): boolean;
  /** A whole number of at least `least`; null where it is not given. Throws wrong usage. */
  number(option: string, least: number): number | null;
  readonly world: World;
  readonly screen: Screen;
  /** Looked up when it is asked for: who needs no app needs no address. */
  connection(): Promise<Connection>;
  api(): Promise<Api>;
}
