import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openMailIndex } from './mailIndex.ts';

/** A mail as `GET /messages` lists it. */
export interface StoredMail {
  readonly id: string;
  /** The envelope's sender. */
  readonly from: string;
  /** The envelope's recipients. */
  readonly to: readonly string[];
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly sizeBytes: number;
  /** The account that was logged in. */
  readonly account: string;
  readonly messageId: string | null;
  /** The id of the first mail here with the same Message-ID and Date; null for that one and for all others. */
  readonly repeatOf: string | null;
}

export interface ReceivedMail {
  readonly raw: Buffer;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly account: string;
  readonly messageId: string | null;
  readonly date: string | null;
}

/** Counts over the mails in the inbox, so since it was last emptied. Recipients count once for each mail. */
export interface MailStats {
  readonly accepted: number;
  readonly byAccount: Readonly<Record<string, number>>;
  readonly messages: number;
  readonly repeats: number;
}

export interface MailStore {
  /** Once this resolves the mail survives the death of the process; until then it may or may not be there. */
  add(mail: ReceivedMail): Promise<StoredMail>;
  /** Oldest first. Not a copy: it grows. */
  all(): readonly StoredMail[];
  get(id: string): StoredMail | undefined;
  /** Null if the mail is not here (any more). */
  readRaw(id: string): Promise<Buffer | null>;
  clear(): Promise<void>;
  stats(): MailStats;
  /** Called after each change. */
  onChange(listener: () => void): void;
  /** Waits for the mails that are being added. */
  close(): Promise<void>;
}

/** The Date header is kept beside the mail only to find its repeats after a restart. */
type IndexEntry = StoredMail & { readonly date: string | null };

const indexEntry: z.ZodType<IndexEntry> = z.object({
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  receivedAt: z.string(),
  sizeBytes: z.number(),
  account: z.string(),
  messageId: z.string().nullable(),
  repeatOf: z.string().nullable(),
  date: z.string().nullable(),
});

/**
 * Mails in `dir`: `mails/{id}.eml` for each, and one line of `index.jsonl`. The .eml is whole before its line is
 * written, the line is whole before `add` resolves. A .eml without a line was never acknowledged: it is removed here.
 */
export async function openMailStore(dir: string, now: () => number): Promise<MailStore> {
  const mailsDir = join(dir, 'mails');
  await mkdir(mailsDir, { recursive: true });
  const { index, entries } = await openMailIndex(join(dir, 'index.jsonl'), indexEntry);
  const fileOf = (id: string): string => join(mailsDir, `${id}.eml`);
  const listeners: (() => void)[] = [];
  const announce = (): void => listeners.forEach((listener) => listener());

  let inbox = makeInbox();
  for (const entry of entries) inbox.put(entry);
  const orphans = (await readdir(mailsDir)).filter(
    (name) => inbox.get(name.replace(/\.eml$/, '')) === undefined,
  );
  await removeFiles(orphans.map((name) => join(mailsDir, name)));

  // Index lines go one after the other: the order of the inbox, who repeats whom, and the place in the file depend on it.
  let lastWrite: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(write: () => Promise<Result>): Promise<Result> => {
    const turn = lastWrite.then(write, write);
    lastWrite = turn;
    return turn;
  };

  const underway = new Set<Promise<StoredMail>>();
  const add = async ({ raw, ...mail }: ReceivedMail): Promise<StoredMail> => {
    const id = randomUUID();
    await writeFile(`${fileOf(id)}.new`, raw);
    await rename(`${fileOf(id)}.new`, fileOf(id));
    return inTurn(async () => {
      const entry: IndexEntry = {
        id,
        ...mail,
        receivedAt: new Date(now()).toISOString(),
        sizeBytes: raw.length,
        repeatOf: inbox.firstLike(mail),
      };
      await index.append(entry);
      const stored = inbox.put(entry);
      announce();
      return stored;
    });
  };

  return {
    add: (mail) => {
      const addition = add(mail).finally(() => underway.delete(addition));
      underway.add(addition);
      return addition;
    },
    all: () => inbox.all(),
    get: (id) => inbox.get(id),
    readRaw: async (id) => {
      if (inbox.get(id) === undefined) return null;
      return readFile(fileOf(id)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
    },
    clear: async () => {
      const removed = await inTurn(async () => {
        // First the index: if the process dies in between, the files have no line and go at the next start.
        await index.clear();
        const mails = inbox.all();
        inbox = makeInbox();
        announce();
        return mails;
      });
      await removeFiles(removed.map((mail) => fileOf(mail.id)));
    },
    stats: () => inbox.stats(),
    onChange: (listener) => void listeners.push(listener),
    close: async () => {
      await Promise.allSettled(underway);
      await inTurn(() => index.close());
    },
  };
}

interface Inbox {
  put(entry: IndexEntry): StoredMail;
  all(): readonly StoredMail[];
  get(id: string): StoredMail | undefined;
  firstLike(mail: Pick<IndexEntry, 'messageId' | 'date'>): string | null;
  stats(): MailStats;
}

function makeInbox(): Inbox {
  const mails: StoredMail[] = [];
  const byId = new Map<string, StoredMail>();
  const firstByIdentity = new Map<string, string>();
  const byAccount = new Map<string, number>();
  let accepted = 0;
  let repeats = 0;
  return {
    put: ({ date, ...mail }) => {
      mails.push(mail);
      byId.set(mail.id, mail);
      const identity = identityOf(mail.messageId, date);
      if (identity !== null && !firstByIdentity.has(identity)) firstByIdentity.set(identity, mail.id);
      accepted += mail.to.length;
      byAccount.set(mail.account, (byAccount.get(mail.account) ?? 0) + mail.to.length);
      if (mail.repeatOf !== null) repeats++;
      return mail;
    },
    all: () => mails,
    get: (id) => byId.get(id),
    firstLike: ({ messageId, date }) => {
      const identity = identityOf(messageId, date);
      return identity === null ? null : (firstByIdentity.get(identity) ?? null);
    },
    stats: () => ({ accepted, byAccount: Object.fromEntries(byAccount), messages: mails.length, repeats }),
  };
}

/** Exchange's mailbox store tells a repeat by Message-ID and client submit time; without either there is no repeat. */
function identityOf(messageId: string | null, date: string | null): string | null {
  return messageId === null || date === null ? null : `${messageId}\n${date}`;
}

/** So many at a time: a hundred thousand at once would need as many promises and threads' queue entries. */
const REMOVE_AT_ONCE = 64;

async function removeFiles(files: readonly string[]): Promise<void> {
  for (let start = 0; start < files.length; start += REMOVE_AT_ONCE) {
    await Promise.all(files.slice(start, start + REMOVE_AT_ONCE).map((file) => rm(file, { force: true })));
  }
}
