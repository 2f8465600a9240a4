/** What a command has of the world: its arguments are the only way in, so that a test can give its own. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Read anew each time: a window changes its size. */
  columns(): number;
}

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  /** Diagnostics and progress: what a pipe must not get. */
  readonly stderr: Output;
  readonly stdin: {
    readonly isTerminal: boolean;
    /** All of it. */
    read(): Promise<string>;
    /** One line of what a person types. */
    ask(question: string): Promise<string>;
  };
  /** Milliseconds since the epoch, by this machine. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Runs a program and gives what it printed; rejects where it cannot be started or fails, with its last words. */
  run(program: string, args: readonly string[]): Promise<string>;
}
