// oxlint-disable no-underscore-dangle -- smtp-server names so what its subclasses may use; all of it is in its types
import type {
  SMTPServerAuthentication,
  SMTPServerAuthenticationResponse,
  SMTPServerDataStream,
} from 'smtp-server';
import { ChunkingConnection } from './chunkingConnection.ts';
import { concludeMail } from './concludeMail.ts';
import { isValidEhloName } from './ehloName.ts';
import type { FaultStage } from './faults.ts';
import type { HveRules } from './hveRules.ts';
import { exchangeText, REPLIES, replyError, splitReply } from './replies.ts';

type Done = () => void;
type AuthCallback = (error: Error | null | undefined, response?: SMTPServerAuthenticationResponse) => void;
type DataCallback = (error?: Error | null, message?: string) => void;

/**
 * One client's dialogue: smtp-server's own, with HVE's rules in front of each command and Exchange's wording on the
 * wire. It is a subclass because an exact reply, a cut connection and an answer that never comes cannot be had
 * through the library's options.
 */
export class HveConnection extends ChunkingConnection {
  private readonly rules: HveRules;

  constructor(rules: HveRules, ...args: ConstructorParameters<typeof ChunkingConnection>) {
    super(...args);
    this.rules = rules;
  }

  /** The library adds enhanced codes of its own by the basic code; here every text brings the one it should have. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = typeof data === 'string' ? exchangeText(code, data, context) : data;
    super.send(code, text, false);
  }

  /** The library waits 100 ms to catch who talks before the greeting; Exchange greets at once. */
  override init(): void {
    this._setListeners(() => this.connectionReady());
  }

  /** The address of the account that is logged in, '' if none is. */
  private get account(): string {
    return typeof this.session.user === 'string' ? this.session.user : '';
  }

  override connectionReady(next?: Done): void {
    const ready = (): void => super.connectionReady(next);
    // As the library does after a refused connect: nobody can go on after a greeting that was none.
    if (!this.struck('connect', [], () => this.close())) ready();
  }

  override handler_EHLO(command: Buffer, done: Done): void {
    const name = this.helloName(command, done);
    if (name === null) return;
    const { maxBytes, hostname, extensions } = this.rules;
    this.hostNameAppearsAs = name;
    this._resetSession();
    this.send(250, [
      `${hostname} Hello [${this.remoteAddress}]`,
      maxBytes === null ? 'SIZE' : `SIZE ${maxBytes}`,
      ...extensions,
      'DSN',
      'ENHANCEDSTATUSCODES',
      this.secure ? 'AUTH LOGIN XOAUTH2' : 'STARTTLS',
      '8BITMIME',
      'SMTPUTF8',
    ]);
    done();
  }

  override handler_HELO(command: Buffer, done: Done): void {
    const name = this.helloName(command, done);
    if (name === null) return;
    this.hostNameAppearsAs = name;
    this._resetSession();
    this.send(250, `${this.rules.hostname} Hello [${this.remoteAddress}]`);
    done();
  }

  /** Null if it was refused. */
  private helloName(command: Buffer, done: Done): string | null {
    const [, name = '', ...more] = command.toString().trim().split(/\s+/);
    if (more.length === 0 && isValidEhloName(name)) return name.toLowerCase();
    this.answer(REPLIES.invalidDomainName, done);
    return null;
  }

  override handler_AUTH(command: Buffer, done: Done): void {
    // Before TLS Exchange offers no mechanism, so it knows none.
    if (!this.secure) return this.answer(REPLIES.noSuchMechanism, done);
    super.handler_AUTH(command, done);
  }

  /** Called by the server once user name and password, or the token, are there. */
  authenticate(auth: SMTPServerAuthentication, callback: AuthCallback): void {
    const address = auth.username ?? '';
    const refuse = (reply: string): void => callback(replyError(reply));
    if (this.struck('auth', [address], refuse)) return;
    const verdict = this.rules.judgeLogin(auth);
    if ('refusal' in verdict) refuse(verdict.refusal);
    else callback(null, { user: verdict.account });
  }

  override handler_MAIL(command: Buffer, done: Done): void {
    if (!this.mayCommand(done)) return;
    if (this.struck('mail', [this.account], done)) return;
    const parsed = this._parseAddressCommand('mail from', command);
    if (parsed !== false && parsed.address.toLowerCase() !== this.account) {
      return this.answer(REPLIES.senderIsNotAccount, done);
    }
    super.handler_MAIL(command, done);
  }

  override handler_RCPT(command: Buffer, done: Done): void {
    if (!this.mayCommand(done)) return;
    if (this.isChunked) return this.answer(REPLIES.amongChunks, done);
    const parsed = this._parseAddressCommand('rcpt to', command);
    if (parsed !== false && this.session.envelope.mailFrom !== false) {
      if (this.struck('rcpt', [parsed.address], done)) return;
      if (!this.rules.mayReceive(parsed.address)) return this.answer(REPLIES.externalRecipient, done);
    }
    super.handler_RCPT(command, done);
  }

  override handler_DATA(command: Buffer, done: Done): void {
    if (!this.mayCommand(done)) return;
    if (this.isChunked) return this.answer(REPLIES.amongChunks, done);
    if (this.session.envelope.rcptTo.length > 0 && this.struck('data', [this.account], done)) return;
    super.handler_DATA(command, done);
  }

  /** Called by the server once the client was told to send the data. */
  receive(stream: SMTPServerDataStream, callback: DataCallback): void {
    const { maxBytes } = this.rules;
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      // What is too large is read to its end, so that the reply comes where the client waits for it, but not kept.
      if (maxBytes === null || stream.byteLength <= maxBytes) chunks.push(chunk);
    });
    // The client left in the middle of the data: nobody waits for an answer.
    stream.on('error', () => undefined);
    stream.on('end', () => {
      if (maxBytes !== null && stream.byteLength > maxBytes) return callback(replyError(REPLIES.tooLarge));
      void this.conclude(Buffer.concat(chunks), callback);
    });
  }

  private async conclude(raw: Buffer, callback: DataCallback): Promise<void> {
    const reply = await this.concludeMail(raw);
    if (this.fallsSilent(reply)) return;
    if (reply.startsWith('250 ')) callback(null, reply.slice('250 '.length));
    else callback(replyError(reply));
  }

  protected override concludeMail(raw: Buffer): Promise<string> {
    const { mailFrom, rcptTo } = this.session.envelope;
    return concludeMail(this.rules, {
      raw,
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map((recipient) => recipient.address),
      account: this.account,
    });
  }

  protected override beginsChunks(): { fault: string | null; maxBytes: number | null } {
    return { fault: this.rules.faults.strike('data', [this.account]), maxBytes: this.rules.maxBytes };
  }

  /** Ends the connection without a word. */
  cut(): void {
    this._socket.destroy();
  }

  /** Mail only over TLS, and only from who is logged in. */
  protected override refusal(): string | null {
    if (!this.secure) return REPLIES.startTlsFirst;
    return this.account === '' ? REPLIES.loginFirst : null;
  }

  /** False if it was refused. */
  private mayCommand(done: Done): boolean {
    const refusal = this.refusal();
    if (refusal !== null) this.answer(refusal, done);
    return refusal === null;
  }

  protected override answer(reply: string, done: Done): void {
    const { code, text } = splitReply(reply);
    super.send(code, text, false);
    done();
  }

  /** True if a fault took the server's place: then nothing else may be answered. */
  private struck(stage: FaultStage, addresses: readonly string[], refused: (reply: string) => void): boolean {
    const fault = this.rules.faults.strike(stage, addresses);
    if (fault === null) return false;
    if (this.fallsSilent(fault)) return true;
    if (stage === 'auth') refused(fault);
    else this.answer(fault, () => refused(fault));
    return true;
  }

  /** True if it is no reply: a `drop`, or a `stall`. */
  protected override fallsSilent(reply: string): boolean {
    if (reply === 'drop') this.cut();
    // The library's own idle timeout would break the silence: it does not count while an answer of ours is pending.
    else if (reply === 'stall') this._handlerPending = true;
    else return false;
    return true;
  }
}
