/** A way to keep a limit over all instances. Each process has its own instance of it. */
export interface Contender {
  /**
   * One recipient, spent at once. `full`: the limit is used up. `late`: `isOver` said that the time is over before
   * it was decided.
   */
  spend(isOver: () => boolean): Promise<Spent>;
  /** Gives back what was taken and not spent. */
  close(): Promise<void>;
}

export type Spent = 'spent' | 'full' | 'late';

export interface ContenderOptions {
  readonly connectionString: string;
  /** Of its tables: fresh for each case, and the same for all processes of one. */
  readonly tablePrefix: string;
  /** Recipients, over all processes. */
  readonly limit: number;
}

export type OpenContender = (options: ContenderOptions) => Promise<Contender>;
