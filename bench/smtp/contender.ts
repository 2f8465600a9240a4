/** Somebody that sends one mail over and over to a sink, as fast as it can. */
export interface Contender {
  readonly name: string;
  /** What the sink offers it, beside the login. */
  readonly extensions: readonly string[];
  start(target: Target): Promise<Runner>;
}

export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly connections: number;
  readonly recipients: readonly string[];
  /** With its identity. */
  readonly mail: Buffer;
}

export interface Runner {
  /** Sends until `isOver` says so; resolves with how many mails were accepted since it was last called. */
  run(isOver: () => boolean): Promise<number>;
  close(): Promise<void>;
}

export const ACCOUNT = 'hve@contoso.com';
export const PASSWORD = 'correct-horse';
export const IDENTITY = { messageId: '<01K9.0.1@contoso.com>', dateMs: 0 };

/** Loops that each send one mail after another. */
export async function runLoops(
  loops: number,
  send: () => Promise<void>,
  isOver: () => boolean,
): Promise<number> {
  let sent = 0;
  const loop = async (): Promise<void> => {
    while (!isOver()) {
      await send();
      if (!isOver()) sent += 1;
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return sent;
}
