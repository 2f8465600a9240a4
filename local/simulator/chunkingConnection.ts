// oxlint-disable no-underscore-dangle -- smtp-server names so what its subclasses may use; all of it is in its types
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { ChunkedMail, parseChunkCommand } from './chunkedMail.ts';
import { ChunkParser } from './chunkParser.ts';
import { chunkTaken, REPLIES } from './replies.ts';

type Done = () => void;

/** smtp-server's dialogue with BDAT (RFC 3030), which it does not know. Who may send, and what is taken, its subclass says. */
export abstract class ChunkingConnection extends SMTPConnection {
  /** Null: nothing of the present transaction has come by BDAT. */
  private chunked: ChunkedMail | null = null;

  /** Why no mail is taken of this client at all; null: it is. */
  protected abstract refusal(): string | null;
  /** The first chunk of a mail is there. `fault`: what takes the place of taking it. */
  protected abstract beginsChunks(): { readonly fault: string | null; readonly maxBytes: number | null };
  /** All of a mail is there: the reply, or the fault in its place. */
  protected abstract concludeMail(raw: Buffer): Promise<string>;
  protected abstract answer(reply: string, done: Done): void;
  /** True if it is no reply, and the connection is treated accordingly. */
  protected abstract fallsSilent(reply: string): boolean;

  protected get isChunked(): boolean {
    return this.chunked !== null;
  }

  /** As the library makes its own, one for each of the two lives of the socket. */
  override _createParser(): ChunkParser {
    const parser = new ChunkParser();
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on('error', (error) => this.send(421, `Error: ${error.message}`));
    return parser;
  }

  /** After every transaction, and by RSET and EHLO. */
  override _resetSession(): void {
    super._resetSession();
    this.chunked = null;
  }

  /** The octets are read whatever is answered to them. */
  handler_BDAT(line: Buffer, done: Done): void {
    const command = parseChunkCommand(line.toString());
    const parser = this._parser;
    if (command === null || !(parser instanceof ChunkParser)) {
      // Nobody can tell where what follows ends: it must not be taken for commands.
      return this.answer(REPLIES.invalidArguments, () => this.close());
    }
    const { sizeBytes, isLast } = command;
    let refusal = this.refusal();
    if (refusal === null && this.session.envelope.rcptTo.length === 0) refusal = REPLIES.needRecipient;
    if (refusal === null && this.chunked === null) {
      const { fault, maxBytes } = this.beginsChunks();
      if (fault !== null && this.fallsSilent(fault)) return;
      this.chunked = new ChunkedMail(maxBytes);
      if (fault !== null) this.chunked.refuse();
      refusal = fault;
    }
    parser.startChunk(sizeBytes, {
      take: (octets) => this.chunked?.take(octets),
      end: (resume) => {
        const { chunked } = this;
        refusal ??= chunked?.refusal() ?? null;
        if (refusal === null && chunked !== null && isLast) {
          void this.concludeChunks(chunked, resume);
          return;
        }
        if (refusal !== null) chunked?.refuse();
        if (chunked !== null && isLast) this._resetSession();
        this.answer(refusal ?? chunkTaken(sizeBytes), resume);
      },
    });
    done();
  }

  private async concludeChunks(chunked: ChunkedMail, resume: Done): Promise<void> {
    // The client waits for us: the library's idle timeout does not count.
    this._handlerPending = true;
    const reply = await this.concludeMail(chunked.bytes());
    if (this.fallsSilent(reply)) return;
    this._handlerPending = false;
    this._resetSession();
    this.answer(reply, resume);
  }
}
