import type { HttpHandler } from '@azure/functions';
import type { ApiAuth } from '../shared/core/apiAuth.ts';
import { answerHttp } from './answerHttp.ts';
import { apiAddress } from './apiAddress.ts';
import type { UseMailer } from './app.ts';
import { unknownFields, wrongParameter } from './jsonBody.ts';
import { problem } from './problem.ts';

const VERSIONS = ['3.1', '2.0'];
/** An app is called by few names. */
const DOCUMENTS_KEPT = 10;

/**
 * `GET /api/openapi.json?version=`: the document, of this deployment's address; it holds no data, so anybody may read it. It is
 * made once for each address and kept: making it takes as long as sending some mails, and anybody may ask without end.
 */
export function makeGetOpenApi(
  useMailer: UseMailer<{ apiUri: string | null }>,
  { mode }: Pick<ApiAuth, 'mode'>,
): HttpHandler {
  const kept = new Map<string, string>();

  async function documentOf(version: string, address: string): Promise<string> {
    const name = `${version} ${address}`;
    const made = kept.get(name) ?? (await makeDocument(version, address));
    if (!kept.has(name) && kept.size >= DOCUMENTS_KEPT) kept.clear();
    kept.set(name, made);
    return made;
  }

  /** The document's words are a third of our own code, and few calls ask for them: loaded with the first that does. */
  async function makeDocument(version: string, address: string): Promise<string> {
    const { openApiDocument } = await import('../shared/core/api/openApi.ts');
    const document = openApiDocument({ address });
    if (version !== '2.0') return JSON.stringify(document);
    const { openApi2Document } = await import('../shared/core/api/openApi2.ts');
    return JSON.stringify(openApi2Document(document, { mode }));
  }

  return answerHttp(async (request) => {
    const { code: _key, ...fields } = Object.fromEntries(request.query);
    const errors = unknownFields(fields, ['version'], []);
    const version = fields['version'] ?? '3.1';
    if (!VERSIONS.includes(version)) {
      errors.push(wrongParameter(['version'], `expected one of ${VERSIONS.join(', ')}`));
    }
    if (errors.length > 0) {
      const detail = 'each problem says which parameter it is about';
      return problem({ status: 400, code: 'invalid_query', title: 'The query is not valid', detail, errors });
    }
    const body = await documentOf(version, apiAddress((await useMailer()).apiUri, request));
    return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
  });
}
