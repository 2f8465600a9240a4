import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { z } from 'zod';

const NEWLINE = 0x0a;

export interface MailIndex<Entry> {
  append(entry: Entry): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * One JSON line for each mail, appended to a file. A line counts once its newline is there: a process that dies in
 * the middle of one leaves a torn tail, which is cut off here and was never acknowledged.
 *
 * `append` and `clear` must not overlap: the caller puts them in a row.
 */
export async function openMailIndex<Entry>(
  file: string,
  schema: z.ZodType<Entry>,
): Promise<{ index: MailIndex<Entry>; entries: Entry[] }> {
  // Opened to append, as a write at a chosen place needs a file that is there.
  await (await open(file, 'a')).close();
  const { entries, wholeBytes } = await readWholeLines(file, schema);
  const handle = await open(file, 'r+');
  await handle.truncate(wholeBytes);
  let endBytes = wholeBytes;
  return {
    entries,
    index: {
      append: async (entry) => {
        const line = Buffer.from(`${JSON.stringify(entry)}\n`);
        // Written at the end of the last whole line: what a failed write left there (a full disk) is written over.
        let written = 0;
        while (written < line.length) {
          const { bytesWritten } = await handle.write(
            line,
            written,
            line.length - written,
            endBytes + written,
          );
          written += bytesWritten;
        }
        endBytes += line.length;
      },
      clear: async () => {
        await handle.truncate(0);
        endBytes = 0;
      },
      close: () => handle.close(),
    },
  };
}

async function readWholeLines<Entry>(
  file: string,
  schema: z.ZodType<Entry>,
): Promise<{ entries: Entry[]; wholeBytes: number }> {
  const entries: Entry[] = [];
  let wholeBytes = 0;
  let lineNumber = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
      lineNumber++;
      entries.push(parseLine(data.toString('utf8', 0, end), schema, `${file}:${lineNumber}`));
      wholeBytes += end + 1;
      data = data.subarray(end + 1);
    }
    rest = data;
  }
  return { entries, wholeBytes };
}

function parseLine<Entry>(line: string, schema: z.ZodType<Entry>, place: string): Entry {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new Error(
      `The inbox cannot be read: ${place} is damaged. Take that line out, or delete the inbox's folder to begin anew.`,
      { cause },
    );
  }
}
