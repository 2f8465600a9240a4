/** Somebody that sends mails to a sink as fast as it can, in a process of its own (clientProcess.ts). */
export interface Contender {
  readonly name: string;
  /** What the sink offers it, beside the login. */
  readonly extensions: readonly string[];
  /** It hands its mails to another process: what comes through is what the sink takes, and its CPU says nothing. */
  readonly isCountedAtSink?: boolean;
  start(target: Target): Promise<Runner>;
}

/** What is sent where. Goes to the client's process as JSON. */
export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly connections: number;
  readonly recipients: number;
  /** Of each mail on the wire, about. */
  readonly bytes: number;
  /** Whether each mail is composed anew; else one was composed before, and goes again and again. */
  readonly composes: boolean;
}

export interface Runner {
  /** Sends until `isOver`, each told by `onSent` when it was accepted; resolves when none is under way. */
  run(isOver: () => boolean, onSent: () => void): Promise<void>;
  close(): Promise<void>;
}

export const ACCOUNT = 'hve@contoso.com';
export const PASSWORD = 'correct-horse';

/** Loops that each send one mail after another. */
export async function runLoops(
  loops: number,
  send: () => Promise<void>,
  isOver: () => boolean,
  onSent: () => void,
): Promise<void> {
  const loop = async (): Promise<void> => {
    while (!isOver()) {
      await send();
      onSent();
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
}
