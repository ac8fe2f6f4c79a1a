/** Sees that the work ends this process with `code`, which is not let happen; what it complains of is not shown. */
export function expectExit(work: () => unknown, code: number): void {
  const exit = jest.spyOn(process, 'exit').mockImplementation((given) => {
    throw new Error(`exit ${given}`);
  });
  const quiet = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    expect(work).toThrow(`exit ${code}`);
  } finally {
    exit.mockRestore();
    quiet.mockRestore();
  }
}
