import { checkStorable } from './storable-text';

const refusal = (json: string) => {
  try {
    checkStorable(JSON.parse(json), 'volume');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  '{"metadata":{"a":"\\u0000"}}',
  '{"metadata":{"\\ud800":"x"}}',
  '[["\\udc00"]]',
  '{"metadata":{"__proto__":"x"}}',
  '{"__proto__":{}}',
])('%s would not be read as it is written, and is refused', (json) => {
  expect(refusal(json)).toMatch(/^Invalid input received: \w+ holds .* cannot be stored/);
});

test.each([
  '{"metadata":{"constructor":"x","toString":"y"}}',
  '"__proto__"',
  '{"a":"\\ud83d\\udcbe","b":[null,1,true]}',
])('%s can be stored', (json) => {
  expect(refusal(json)).toBeUndefined();
});
