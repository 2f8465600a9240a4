import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getgid, getuid } from 'node:process';
import { ensureCertificates } from '../../local/certificates.ts';
import { startDaemon } from './daemon.ts';
import { freePorts } from './freePorts.ts';
import { makeMaildirs } from './maildir.ts';
import { findProgram, findUser, isRoot } from './program.ts';
import type { RealServer, RealServerOptions } from './realServer.ts';
import { untilListening } from './untilListening.ts';

const HOST = '127.0.0.1';
/** Debian's Exim knows it by this name, and does not start where it is missing. */
const USER = 'Debian-exim';

/** Why Exim cannot be started here; null: it can. */
export async function missingForExim(): Promise<string | null> {
  if (findProgram('exim4') === null) return 'Exim is not installed (apt-get install exim4-daemon-light)';
  return (await findUser(USER)) === null ? `there is no user ${USER}` : null;
}

/**
 * Exim with a configuration, a spool and mailboxes of its own in a temporary folder, on free ports of this machine. It
 * touches nothing of an Exim that is set up here. Mail goes to nobody but the mailboxes of `recipients`.
 */
export async function startExim(options: RealServerOptions): Promise<RealServer> {
  const exim = findProgram('exim4')!;
  // Root would be given up in the middle; somebody else stays who he is.
  const user = isRoot() ? (await findUser(USER))! : { uid: getuid!(), gid: getgid!() };
  const dir = await mkdtemp(join(tmpdir(), 'exim-'));
  const at = (...parts: string[]): string => join(dir, ...parts);
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).toReversed()) await stopOne();
  };
  try {
    const { ca, key, cert } = await ensureCertificates(dir);
    for (const folder of ['spool', 'log', 'mail']) await mkdir(at(folder));
    const ports = await freePorts();
    await writeFile(at('server.key'), key, { mode: 0o600 });
    await writeFile(at('server.pem'), cert);
    await writeFile(
      at('recipients'),
      options.recipients.map((address) => `${address}: ${address}\n`).join(''),
    );
    await writeFile(at('exim.conf'), configuration({ ...options, exim, dir, ports, user }));
    const owned = ['', 'spool', 'log', 'mail', 'server.key', 'exim.conf'];
    await Promise.all(owned.map((name) => chown(at(name), user.uid, user.gid)));
    const daemon = startDaemon({
      command: [exim, '-C', at('exim.conf'), '-bdf'],
      stop: null,
      user,
    });
    stops.push(() => daemon.stop());
    const log = (): Promise<string> => readFile(at('log', 'main'), 'utf8');
    await untilListening(daemon, { host: HOST, ports: Object.values(ports), log });
    return {
      host: HOST,
      ports,
      ca,
      delivered: makeMaildirs(at('mail')),
      log,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Configuration extends RealServerOptions {
  readonly exim: string;
  readonly dir: string;
  readonly ports: RealServer['ports'];
  readonly user: { readonly uid: number; readonly gid: number };
}

/** Nothing is added to a mail: no Received, no Return-path. */
function configuration({ exim, dir, ports, user, account, maxBytes }: Configuration): string {
  const { none, pipelining, chunking } = ports;
  return `
exim_path = ${exim}
exim_user = ${user.uid}
exim_group = ${user.gid}
deliver_drop_privilege = true
spool_directory = ${dir}/spool
log_file_path = ${dir}/log/%s
pid_file_path = ${dir}/pid
primary_hostname = exim.contoso.com
local_interfaces = <; ${[none, pipelining, chunking].map((port) => `[${HOST}]:${port}`).join(' ; ')}
pipelining_advertise_hosts = \${if eq{$received_port}{${none}}{}{*}}
chunking_advertise_hosts = \${if eq{$received_port}{${chunking}}{*}{}}
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
tls_advertise_hosts = *
tls_certificate = ${dir}/server.pem
tls_privatekey = ${dir}/server.key
message_size_limit = ${maxBytes}
received_header_text =
keep_environment =
host_lookup =
rfc1413_hosts =
# Every mail of a connection is delivered at once, not only the first ten.
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 0
queue_run_max = 0
acl_smtp_rcpt = rcpt

begin acl
rcpt:
  deny !authenticated = *
  deny message = no such user
       !condition = \${lookup{$local_part@$domain}lsearch{${dir}/recipients}{yes}{no}}
  accept

begin routers
mailbox:
  driver = accept
  # What the client said may name no folder; what is looked up by it may.
  address_data = \${lookup{$local_part@$domain}lsearch{${dir}/recipients}}
  transport = maildir

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = ${dir}/mail/$address_data
  create_directory

begin authenticators
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{${account.address}}}{eq{$auth2}{${account.password}}}}}
  server_set_id = $auth1
`;
}
