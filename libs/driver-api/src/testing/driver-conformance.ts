import { canClone } from '../index';
import { describeCapacity } from './capacity.conformance';
import { describeClones } from './clone.conformance';
import { type DriverUnderTest, Subject } from './driver-under-test';
import { describeObjects } from './object.conformance';
import { describeReader } from './reader.conformance';
import { describeTakeFile } from './take-file.conformance';
import { describeWriter } from './writer.conformance';

/**
 * What every driver must do, sentence by sentence of the port. `open` is called once; the suite closes the driver. To be called
 * while tests are being collected. Of the port's optional capabilities, `clones` says whether the driver is one that clones,
 * `takesFiles` whether its writers take whole files.
 */
export function driverConformance(
  name: string,
  open: () => Promise<DriverUnderTest>,
  { clones = true, takesFiles = false }: { readonly clones?: boolean; readonly takesFiles?: boolean } = {},
): void {
  describe(`${name} as a volume driver`, () => {
    let underTest: DriverUnderTest;
    let subject: Subject;
    beforeAll(async () => {
      underTest = await open();
      subject = new Subject(underTest);
    });
    afterEach(() => subject?.removeAll());
    afterAll(() => underTest?.driver.close());

    test(clones ? 'it clones' : 'it does not clone', () => expect(canClone(subject.driver)).toBe(clones));
    describeObjects(() => subject);
    describeWriter(
      () => subject,
      () => underTest,
    );
    describeReader(() => subject, { clones });
    if (takesFiles)
      describeTakeFile(
        () => subject,
        () => underTest,
      );
    if (clones) describeClones(() => subject);
    describeCapacity(() => subject);
  });
}
