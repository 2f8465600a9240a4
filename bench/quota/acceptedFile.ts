/**
 * The independent count: what each process's server has accepted, in a file of its own. A line is there before the answer is
 * given, and stays when the process is killed. Nothing of the app has a part in it.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export interface AcceptedRecipient {
  readonly messageId: string;
  readonly address: string;
  readonly isExternal: boolean;
}

export interface AcceptedFile {
  /** All of them with one write, at the end of the file: all stand, or none. */
  append(recipients: readonly AcceptedRecipient[]): void;
  close(): void;
}

export function openAcceptedFile(path: string): AcceptedFile {
  const file = openSync(path, 'a');
  return {
    append(recipients) {
      const lines = recipients.map(
        ({ messageId, address, isExternal }) =>
          `${messageId}\t${address}\t${isExternal ? 'external' : 'internal'}\n`,
      );
      writeSync(file, lines.join(''));
    },
    close: () => closeSync(file),
  };
}

/** Of a file that may grow meanwhile; empty where nothing was ever accepted. */
export function readAcceptedFile(path: string): AcceptedRecipient[] {
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [messageId = '', address = '', kind] = line.split('\t');
      return { messageId, address, isExternal: kind === 'external' };
    });
}
