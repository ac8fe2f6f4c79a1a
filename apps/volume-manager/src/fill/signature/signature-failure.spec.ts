import { KeyManagerError, type KeyManagerProblem } from '@hearth/openstack-clients';
import { FillError } from '../fill-error';
import { asSignatureFailure, signatureMismatch } from './signature-failure';

test.each<[KeyManagerProblem, FillError['failure']['code']]>([
  ['not-found', 'image.signature_invalid'],
  ['forbidden', 'image.signature_invalid'],
  ['nonsense', 'image.signature_invalid'],
  ['away', 'image.connection_failed'],
])('a certificate that is %s makes the failure %s; a tenant does not read where it is kept', (problem, code) => {
  const cause = new KeyManagerError(problem, 'keys.internal:9311 answered');
  const error = asSignatureFailure(cause);
  expect(error).toBeInstanceOf(FillError);
  expect(error).toMatchObject({ cause, failure: { code, detail: cause.message } });
  if (error instanceof FillError) expect(error.failure.reason).not.toContain('keys.internal');
});

test("what is not the key manager's stays as it is", () => {
  const error = new Error('called off');
  expect(asSignatureFailure(error)).toBe(error);
});

test('a signature that does not hold is a failure of the image', () =>
  expect(signatureMismatch().failure.code).toBe('image.signature_invalid'));
