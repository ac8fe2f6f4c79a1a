import { FakeApi } from './fake-api';

/**
 * An api that each test finds as new, and that must have been asked, and have answered, nothing that the real one would not. To be called
 * while tests are collected.
 */
export function apiOfEachTest(): FakeApi {
  const api = new FakeApi();
  beforeEach(() => api.listen());
  afterEach(async () => {
    await api.close();
    expect(api.violations).toEqual([]);
  });
  return api;
}
