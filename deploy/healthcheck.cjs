// Health check of a container: `node healthcheck.cjs URL` succeeds when the URL answers 2xx within two seconds.
const [url] = process.argv.slice(2);

fetch(url, { signal: AbortSignal.timeout(2_000) })
  .then(async (response) => {
    console.log(`${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
    process.exitCode = response.ok ? 0 : 1;
  })
  .catch((error) => {
    console.log(`${url} did not answer: ${error.cause?.message ?? error.message}`);
    process.exitCode = 1;
  });
