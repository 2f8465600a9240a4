/**
 * Preload of an Azurite that keeps its state: makes what it has answered survive a kill.
 *
 * Azurite keeps each service's state in memory (LokiJS) and writes it whole, to a file, every 5 s: a kill takes the
 * last seconds with it, and the services come back from different moments. So every change goes to a journal
 * beside that file before the response to it is sent, and is done again when the file is read.
 *
 *   changed ─► in the buffer ─► (a response is about to be sent) one line of the journal ─► in the next whole file ─► journal deleted
 *
 * A line holds all changes of one or more whole requests, a table transaction among them, and counts only with its end:
 * half a line is of a request that was never answered. Doing a journal again that is already in the file changes
 * nothing, as a change is a document's new state and not a difference. Power cuts are not covered (no fsync).
 */
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

interface Doc {
  readonly $loki: number;
  /** Of a queue message. */
  expirationTime?: Date | string;
}

interface Collection {
  readonly name: string;
  data: Doc[];
  maxId: number;
  readonly uniqueNames: readonly string[];
  on(event: 'insert' | 'update' | 'delete', listener: (docs: Doc | Doc[]) => void): void;
  ensureId(): void;
  ensureAllIndexes(force: boolean): void;
  ensureUniqueIndex(field: string): void;
}

interface Loki {
  readonly filename: string;
  readonly collections: readonly Collection[];
  autosaveInterval: number;
  addCollection(name: string, options?: object): Collection;
  removeCollection(name: string): void;
  loadJSONObject(content: object, options?: object): void;
  saveDatabaseInternal(callback?: (error?: unknown) => void): void;
  autosaveEnable(options?: object, callback?: (error?: unknown) => void): void;
}

/** One change: a collection made or removed, a document's new state, or a document removed. */
type Change =
  | readonly ['add', string, object]
  | readonly ['drop', string]
  | readonly ['put', string, Doc]
  | readonly ['delete', string, number];

/** With the journal the whole file need not be written every 5 s, which takes long when it is large. */
const WHOLE_FILE_EVERY_MS = 60_000;

// The copy of LokiJS that Azurite itself loads.
const requireLikeAzurite = createRequire(createRequire(import.meta.url).resolve('azurite/package.json'));
const lokijs: { readonly prototype: Loki } = requireLikeAzurite('lokijs');
installJournal(lokijs.prototype);

function installJournal(loki: Loki): void {
  const journals = new Map<string, Journal>();
  const journalOf = (db: Loki): Journal => {
    const known = journals.get(db.filename);
    if (known !== undefined) return known;
    const opened = openJournal(db.filename);
    journals.set(db.filename, opened);
    return opened;
  };
  const watched = new WeakSet<Collection>();
  const original = { ...loki };

  loki.addCollection = function addCollection(this: Loki, name, options = {}) {
    const collection = original.addCollection.call(this, name, options);
    if (watched.has(collection)) return collection;
    watched.add(collection);
    const journal = journalOf(this);
    journal.note(['add', name, options]);
    const put = (docs: Doc | Doc[]): void => {
      for (const doc of [docs].flat()) journal.note(['put', name, doc]);
    };
    collection.on('insert', put);
    collection.on('update', put);
    collection.on('delete', (docs) => {
      for (const doc of [docs].flat()) journal.note(['delete', name, doc.$loki]);
    });
    return collection;
  };

  loki.removeCollection = function removeCollection(this: Loki, name) {
    journalOf(this).note(['drop', name]);
    original.removeCollection.call(this, name);
  };

  loki.loadJSONObject = function loadJSONObject(this: Loki, content, options) {
    const journal = journalOf(this);
    const changes = journal.read();
    original.loadJSONObject.call(this, content, options);
    redo(this, changes);
    // What making the collections has noted is what was just read.
    journal.forget();
  };

  loki.saveDatabaseInternal = function saveDatabaseInternal(this: Loki, callback) {
    const contained = journalOf(this).startNext();
    // It turns the state into text before it returns: what comes after belongs to the next journal.
    original.saveDatabaseInternal.call(this, (error) => {
      if (!error) contained.remove();
      callback?.(error);
    });
  };

  loki.autosaveEnable = function autosaveEnable(this: Loki, options, callback) {
    this.autosaveInterval = WHOLE_FILE_EVERY_MS;
    original.autosaveEnable.call(this, options, callback);
  };

  const writeHead: unknown = Reflect.get(ServerResponse.prototype, 'writeHead');
  if (typeof writeHead !== 'function')
    throw new Error('This Node has no ServerResponse.prototype.writeHead.');
  // Called once for every response, before its first byte.
  ServerResponse.prototype.writeHead = function writeHeadAfterJournal(
    this: ServerResponse,
    ...args: unknown[]
  ) {
    for (const journal of journals.values()) journal.flush();
    return Reflect.apply(writeHead, this, args);
  };
}

interface Journal {
  note(change: Change): void;
  flush(): void;
  forget(): void;
  /** All changes that are not certainly in the whole file, in order. */
  read(): Change[];
  /** Ends the journal files there are now; `remove` deletes them. */
  startNext(): { remove(): void };
}

function openJournal(file: string): Journal {
  const prefix = `${basename(file)}.journal-`;
  const pathOf = (number: number): string => join(dirname(file), `${prefix}${number}`);
  const numbers = (): number[] =>
    readdirSync(dirname(file))
      .filter((name) => name.startsWith(prefix))
      .map((name) => Number(name.slice(prefix.length)))
      .toSorted((left, right) => left - right);
  let buffer: string[] = [];
  let current = (numbers().at(-1) ?? 0) + 1;
  const flush = (): void => {
    if (buffer.length === 0) return;
    const line = `[${buffer.join(',')}]\n`;
    buffer = [];
    appendFileSync(pathOf(current), line);
  };
  return {
    // As text at once: the document may be changed again before it is written.
    note: (change) => buffer.push(JSON.stringify(change)),
    flush,
    forget: () => {
      buffer = [];
    },
    read: () => numbers().flatMap((number) => readChanges(pathOf(number))),
    startNext: () => {
      flush();
      const ended = current;
      current += 1;
      return {
        remove: () => {
          for (const number of numbers()) if (number <= ended) rmSync(pathOf(number), { force: true });
        },
      };
    },
  };
}

function readChanges(path: string): Change[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  // The last piece is empty, or half a line of a request that was never answered.
  return lines.slice(0, -1).flatMap((line): Change[] => JSON.parse(line));
}

function redo(db: Loki, changes: readonly Change[]): void {
  const contents = new Map<string, Map<number, Doc>>();
  for (const { name, data } of db.collections) {
    contents.set(name, new Map(data.map((doc) => [doc.$loki, doc])));
  }
  for (const change of changes) {
    const [, name] = change;
    if (change[0] === 'drop') {
      db.removeCollection(name);
      contents.delete(name);
    } else if (change[0] === 'add') {
      db.addCollection(name, change[2]);
      if (!contents.has(name)) contents.set(name, new Map());
    } else if (change[0] === 'put') {
      contents.get(name)?.set(change[2].$loki, change[2]);
    } else {
      contents.get(name)?.delete(change[2]);
    }
  }
  for (const collection of db.collections) {
    // Loki finds documents by halving: they must lie in the order of their numbers.
    const docs = [...(contents.get(collection.name)?.values() ?? [])];
    docs.forEach(reviveExpiry);
    collection.data = docs.toSorted((left, right) => left.$loki - right.$loki);
    collection.maxId = Math.max(collection.maxId, collection.data.at(-1)?.$loki ?? 0);
    collection.ensureId();
    collection.ensureAllIndexes(true);
    for (const field of collection.uniqueNames) collection.ensureUniqueIndex(field);
  }
}

/** Azurite compares it with the time of day; as the text that the file has, a message would never expire any more. */
function reviveExpiry(doc: Doc): void {
  if (typeof doc.expirationTime === 'string') doc.expirationTime = new Date(doc.expirationTime);
}
