/**
 * What is to go wrong, on demand. A fault waits at a stage of the SMTP dialogue and takes the server's place there:
 *
 * - a reply (`451 4.7.500 Access denied…`) goes on the wire exactly as given; a 421 closes the connection after it,
 *   as does any reply at `connect`, where it stands in the place of the greeting.
 * - `drop` cuts the connection. At `end-of-data` the mail is accepted into the inbox FIRST and then the connection is
 *   cut: the answer is lost, and the client cannot know. To lose a mail before it is accepted, drop at `data`.
 * - `stall` never answers, and keeps the connection open. At `end-of-data` the mail is not kept.
 *
 * A mail that a reply refuses at `end-of-data` is not kept either.
 */
export const FAULT_STAGES = ['connect', 'auth', 'mail', 'rcpt', 'data', 'end-of-data'] as const;
export type FaultStage = (typeof FAULT_STAGES)[number];

export interface FaultRequest {
  /** `451 4.7.500 …` (4xx or 5xx, one line), `drop` or `stall`. */
  readonly reply: string;
  readonly stage: FaultStage;
  /** The part of the chances it takes, above 0 and at most 1 (default 1: every one). */
  readonly share?: number | undefined;
  /** It ends after so many hits (default: it stays until it is cleared). */
  readonly count?: number | undefined;
  /** Only for this address: the account at auth, mail and data, a recipient at rcpt, any recipient at end-of-data. */
  readonly address?: string | undefined;
}

/** As `GET /faults` lists it: the request, `count` counted down, with its id and how often it has struck. */
export interface Fault extends FaultRequest {
  readonly id: string;
  readonly hits: number;
}

export interface FaultBook {
  add(request: FaultRequest): Fault;
  list(): readonly Fault[];
  /** False if there is none with this id (any more). */
  remove(id: string): boolean;
  clear(): void;
  /** The reply of the first fault that takes this chance, or null. `addresses`: whom a fault with an address must name. */
  strike(stage: FaultStage, addresses: readonly string[]): string | null;
  /** Called after each change. */
  onChange(listener: () => void): void;
}

/** @param random from 0 to below 1; decides for faults that have a share. */
export function makeFaultBook(random: () => number): FaultBook {
  let faults: readonly Fault[] = [];
  let lastId = 0;
  const listeners: (() => void)[] = [];
  const replace = (next: readonly Fault[]): void => {
    faults = next;
    for (const listener of listeners) listener();
  };

  return {
    add: (request) => {
      const fault: Fault = { id: String(++lastId), ...request, hits: 0 };
      replace([...faults, fault]);
      return fault;
    },
    list: () => faults,
    remove: (id) => {
      const rest = faults.filter((fault) => fault.id !== id);
      if (rest.length === faults.length) return false;
      replace(rest);
      return true;
    },
    clear: () => replace([]),
    strike: (stage, addresses) => {
      const struck = faults.find(
        (fault) => fault.stage === stage && concerns(fault, addresses) && random() < (fault.share ?? 1),
      );
      if (struck === undefined) return null;
      replace(faults.flatMap((fault) => (fault === struck ? afterHit(fault) : [fault])));
      return struck.reply;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function concerns(fault: Fault, addresses: readonly string[]): boolean {
  if (fault.address === undefined) return true;
  const wanted = fault.address.toLowerCase();
  return addresses.some((address) => address.toLowerCase() === wanted);
}

/** Empty once the count is used up. */
function afterHit(fault: Fault): Fault[] {
  const hits = fault.hits + 1;
  if (fault.count === undefined) return [{ ...fault, hits }];
  return fault.count > 1 ? [{ ...fault, hits, count: fault.count - 1 }] : [];
}
