import fc from 'fast-check';
import { KeystoneError } from './keystone-error';
import { readIssuedToken, readValidatedToken } from './keystone.record';
import { tokenRecord } from './testing/scripted-keystone';

const { token } = tokenRecord();
/** A good answer, of which one field is something else. */
const nearlyGood = fc
  .tuple(fc.constantFrom(...Object.keys(token), 'catalog', 'application_credential'), fc.jsonValue())
  .map(([name, value]) => tokenRecord({ [name]: value }));

test.each([
  ['what it says of a token', readValidatedToken],
  ['a token it issued', readIssuedToken],
])('whatever Keystone answers, %s is read whole or refused by name', (_, read) => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), nearlyGood), (json) => {
      try {
        read(json);
      } catch (error) {
        expect(error).toBeInstanceOf(KeystoneError);
        expect(error).toMatchObject({ problem: 'nonsense' });
      }
    }),
  );
});

test('ids that were read fit into a URL, a subject and a row', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{32}$/)), (id) => {
      const json = tokenRecord({ project: { ...token.project, id } });
      try {
        expect(readValidatedToken(json).project?.id).toMatch(/^[\w.@-]{1,255}$/);
      } catch (error) {
        if (!(error instanceof KeystoneError)) throw error;
      }
    }),
  );
});
