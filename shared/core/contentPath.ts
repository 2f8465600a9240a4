import { headerTextFlaw } from './headerText.ts';
import { CONTAINERS } from './storageNames.ts';

/** Blob Storage's own limit. */
const MAX_PATH_LENGTH = 1024;
const URL_START = /^[A-Za-z][A-Za-z0-9+.-]*:/;

export type ContentPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly code: 'blob_invalid' | 'blob_elsewhere'; readonly detail: string };

/**
 * The name of a blob in the producers' container, the only one that is ever read by a name from outside: from
 * `mail-content/path`, and where `isBareAllowed` from the path alone. Nothing that could lead elsewhere is let through.
 */
export function parseContentPath(text: string, isBareAllowed: boolean): ContentPath {
  const flaw = headerTextFlaw(text);
  if (flaw !== null) return invalid(flaw);
  if (URL_START.test(text) || text.startsWith('//')) {
    return {
      ok: false,
      code: 'blob_elsewhere',
      detail: `expected ${CONTAINERS.content}/ and the blob's name; addresses and drives are never followed`,
    };
  }
  if (text.includes('\\')) return invalid('a backslash; write / between folders');
  if (text.startsWith('/'))
    return invalid(`a / at the beginning; write ${CONTAINERS.content}/ and the blob's name`);
  const segments = text.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return invalid('an empty name, or a folder named "", "." or ".."');
  }
  const hasContainer = segments[0] === CONTAINERS.content && segments.length > 1;
  if (!hasContainer && (!isBareAllowed || isOtherContainer(segments))) {
    return {
      ok: false,
      code: 'blob_elsewhere',
      detail: `only blobs in the container ${CONTAINERS.content} are read`,
    };
  }
  const path = hasContainer ? segments.slice(1).join('/') : text;
  return path.length > MAX_PATH_LENGTH
    ? invalid(`a name of ${path.length} characters, at most ${MAX_PATH_LENGTH} are allowed`)
    : { ok: true, path };
}

/** Ours, the host's and the system's. The name of any other container looks like a folder and simply is not found. */
function isOtherContainer(segments: readonly string[]): boolean {
  const first = segments[0] ?? '';
  const isReserved =
    first === CONTAINERS.payloads || first.startsWith('$') || first.startsWith('azure-webjobs-');
  return isReserved && segments.length > 1;
}

function invalid(detail: string): ContentPath {
  return { ok: false, code: 'blob_invalid', detail };
}
