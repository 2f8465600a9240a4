import type { HttpHandler } from '@azure/functions';
import { openApiDocument } from '../shared/core/api/openApi.ts';
import { openApi2Document } from '../shared/core/api/openApi2.ts';
import type { ApiAuth } from '../shared/core/apiAuth.ts';
import { answerHttp } from './answerHttp.ts';
import { apiAddress } from './apiAddress.ts';
import type { UseMailer } from './app.ts';
import { unknownFields, wrongParameter } from './jsonBody.ts';
import { json, problem } from './problem.ts';

const VERSIONS = ['3.1', '2.0'];

/** `GET /api/openapi.json?version=`: the document, of this deployment's address; it holds no data, so anybody may read it. */
export function makeGetOpenApi(
  useMailer: UseMailer<{ apiUri: string | null }>,
  { mode }: Pick<ApiAuth, 'mode'>,
): HttpHandler {
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
    const document = openApiDocument({ address: apiAddress((await useMailer()).apiUri, request) });
    return json(200, version === '2.0' ? openApi2Document(document, { mode }) : document);
  });
}
