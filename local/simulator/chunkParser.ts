// oxlint-disable no-underscore-dangle -- smtp-server names so what its subclasses may use; all of it is in its types
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';

export interface ChunkReader {
  /** Gets the octets as they come; nothing in them is escaped. */
  take(octets: Buffer): void;
  /** All of them have come. What the client has sent behind them is read once `resume` is called. */
  end(resume: () => void): void;
}

type Next = (error?: Error | null) => void;

/** The library's parser, which knows commands and the data of DATA, with the octets of BDAT (RFC 3030) as a third thing. */
export class ChunkParser extends SMTPStream {
  private chunk: { leftBytes: number; readonly reader: ChunkReader } | null = null;

  /** To be called while a command is carried out: the next `sizeBytes` are no commands. */
  startChunk(sizeBytes: number, reader: ChunkReader): void {
    this.chunk = { leftBytes: sizeBytes, reader };
    // What of the chunk came in one piece with its command is handed over by this.
    this._dataMode = true;
  }

  override _write(bytes: Buffer, encoding: BufferEncoding | 'buffer', next: Next): void {
    const { chunk } = this;
    if (chunk === null || this.isClosed) {
      super._write(bytes, encoding, next);
      return;
    }
    const octets = bytes.subarray(0, chunk.leftBytes);
    const rest = bytes.subarray(chunk.leftBytes);
    chunk.leftBytes -= octets.length;
    if (octets.length > 0) chunk.reader.take(octets);
    if (chunk.leftBytes > 0) {
      next();
      return;
    }
    this.chunk = null;
    this._dataMode = false;
    chunk.reader.end(() => this._write(rest, encoding, next));
  }
}
