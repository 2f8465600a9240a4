/**
 * What the simulator answers by itself, worded as Exchange does where that is known (smtp-replies.tsv) and plainly
 * where only the code is. Each is a whole reply line: code, enhanced code (RFC 3463), text.
 */
export const REPLIES = {
  startTlsFirst: '530 5.7.0 Must issue a STARTTLS command first',
  loginFirst: '530 5.7.57 Client not authenticated to send mail.',
  noSuchMechanism: '504 5.7.4 Unrecognized authentication type',
  wrongCredentials: '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.',
  tokenRefused: '535 5.7.3 Authentication unsuccessful',
  invalidDomainName: '501 5.5.4 Invalid domain name',
  senderIsNotAccount: '550 5.7.62 MAIL FROM must be the High Volume Email account that is logged in',
  fromIsNotAccount: '550 5.6.241 The From header must be the High Volume Email account that is logged in',
  severalFrom: '550 5.1.20 Multiple From addresses are not allowed without Sender address',
  noFrom: '550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant',
  externalRecipient: '550 5.5.105 External sending is not supported for High Volume Email accounts',
  invalidArguments: '501 5.5.4 Invalid arguments',
  needRecipient: '503 5.5.1 Need rcpt command',
  amongChunks: '503 5.5.1 Bad sequence of commands: this mail is being sent by BDAT',
  chunkRefusedBefore: '503 5.5.1 Bad sequence of commands: a chunk of this mail was refused',
  tooManyRecipients: '452 4.5.3 Too many recipients',
  tooLarge: '552 5.3.4 Message size exceeds fixed maximum message size',
  notStored: '451 4.3.0 The simulator could not store the mail; see its output',
} as const;

/**
 * The library's own texts, as Exchange would put them. First match wins; what no row matches is ours and goes out
 * as it is: exactly what a fault asks for, with no enhanced code added.
 */
const LIBRARY_TEXTS: readonly (readonly [code: number, text: RegExp, exchange: string])[] = [
  [220, /^Ready to start TLS$/, '2.0.0 SMTP server ready'],
  [221, /^Bye$/, '2.0.0 Service closing transmission channel'],
  [235, /^Authentication successful$/, '2.7.0 Authentication successful'],
  [250, /^OK$/, '2.0.0 OK'],
  [250, /^Flushed$/, '2.0.0 Resetting'],
  [214, /^See https:/, '2.0.0 This is a simulator of High Volume Email'],
  [252, /^Try to send something/, '2.1.5 Cannot VRFY user'],
  [354, /^End data with/, 'Start mail input; end with <CRLF>.<CRLF>'],
  [421, /^Timeout/, '4.4.1 Connection timed out'],
  [421, /^Server shutting down$/, '4.3.2 Service not active'],
  [
    421,
    /^Error: too many unrecognized commands$/,
    '4.7.0 Too many errors on this connection, closing transmission channel',
  ],
  [421, /You talk too soon$|^HTTP requests not allowed$/, '4.7.0 Protocol violation'],
  [421, /^Error: /, '4.3.2 Service not available, closing transmission channel'],
  [451, /^Error: internal server error$/, '4.3.0 The simulator failed; see its output'],
  [452, /^Error: too many recipients$/, REPLIES.tooManyRecipients.slice(4)],
  [500, /^Error: command not recognized$/, '5.3.3 Unrecognized command'],
  [501, /^Authentication aborted$/, '5.7.0 Authentication aborted'],
  [501, /^Error: (invalid userdata|missing username|syntax: AUTH)/, '5.5.4 Invalid authentication data'],
  [501, /^Error: Bad sender address syntax$/, '5.1.7 Invalid address'],
  [501, /^Error: Bad recipient address syntax$/, '5.1.3 Invalid address'],
  [501, /^(Error: |Invalid )/, REPLIES.invalidArguments.slice(4)],
  [503, /^Error: send HELO\/EHLO first$/, '5.5.1 Send hello first'],
  [503, /^Error: No identity changes permitted$/, '5.5.1 Already authenticated'],
  [503, /^Error: nested MAIL command$/, '5.5.1 Sender already specified'],
  [503, /^Error: need MAIL command$/, '5.5.1 Need mail command'],
  [503, /^Error: need RCPT command$/, REPLIES.needRecipient.slice(4)],
  [503, /^Error: TLS already active$/, '5.5.1 Only one STARTTLS command can be issued per session'],
  [504, /^Error: Unrecognized authentication type$/, REPLIES.noSuchMechanism.slice(4)],
  [552, /^Error: message exceeds fixed maximum message size/, REPLIES.tooLarge.slice(4)],
];

/** By the library's context of a reply, where its text (`Accepted`) does not tell sender from recipient. */
const LIBRARY_CONTEXTS: Readonly<Record<string, string>> = {
  MAIL_FROM_OK: '2.1.0 Sender OK',
  RCPT_TO_OK: '2.1.5 Recipient OK',
};

export function exchangeText(code: number, text: string, context: string | false | undefined): string {
  if (typeof context === 'string' && text === 'Accepted') return LIBRARY_CONTEXTS[context] ?? text;
  return LIBRARY_TEXTS.find(([rowCode, pattern]) => rowCode === code && pattern.test(text))?.[2] ?? text;
}

/** To a chunk that is not the last one. */
export function chunkTaken(octets: number): string {
  return `250 2.6.0 CHUNK received OK, ${octets} octets`;
}

/** `451 4.7.500 Text` in its two parts, as smtp-server takes them. */
export function splitReply(reply: string): { code: number; text: string } {
  return { code: Number(reply.slice(0, 3)), text: reply.slice(4) };
}

/** The error by which a handler of smtp-server answers with this reply. */
export function replyError(reply: string): Error & { responseCode: number } {
  const { code, text } = splitReply(reply);
  return Object.assign(new Error(text), { responseCode: code });
}
