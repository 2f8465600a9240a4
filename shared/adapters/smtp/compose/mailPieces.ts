import type { ComposedMail } from '../../../ports.ts';

const LINE_END = '\r\n';
/** More text than this is a piece of its own. */
const TEXT_CHARACTERS = 256 * 1024;

/** A mail in the making: text and what is in bytes, in their order. */
export class MailPieces {
  readonly #parts: Iterable<Uint8Array>[] = [];
  #sizeBytes = 0;
  /** Not in a piece yet, so that headers and text become one. */
  #text = '';
  #endsLine = true;

  /** ASCII, its line ends CRLF. */
  add(text: string): void {
    this.#text += text;
    if (this.#text.length > TEXT_CHARACTERS) this.#flush();
  }

  /** Pieces that can be gone through more than once, of `sizeBytes` together. Their last line is not ended. */
  addPieces(pieces: Iterable<Uint8Array>, sizeBytes: number): void {
    this.#flush();
    this.#parts.push(pieces);
    this.#sizeBytes += sizeBytes;
    this.#endsLine = false;
  }

  /** Ends the last line, where it is not ended. */
  end(): ComposedMail {
    this.#flush();
    if (!this.#endsLine) this.add(LINE_END);
    this.#flush();
    const parts = this.#parts;
    const [first] = parts;
    const pieces = parts.length === 1 ? first! : { [Symbol.iterator]: () => eachOf(parts) };
    return { pieces, sizeBytes: this.#sizeBytes };
  }

  #flush(): void {
    if (this.#text === '') return;
    const piece = Buffer.from(this.#text, 'latin1');
    this.#parts.push([piece]);
    this.#sizeBytes += piece.length;
    this.#endsLine = this.#text.endsWith(LINE_END);
    this.#text = '';
  }
}

/**
 * Here, and not made for each mail: V8 keeps what a generator function holds, the mail, until it collects the old part of its
 * heap, for the function's own prototype is there.
 */
function* eachOf(parts: readonly Iterable<Uint8Array>[]): Generator<Uint8Array, void> {
  for (const part of parts) yield* part;
}
