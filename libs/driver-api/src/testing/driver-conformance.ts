import { canClone, canCloneImages, canConnect, canManage, canSnapshot } from '../index';
import { describeCapacity } from './capacity.conformance';
import { describeClones } from './clone.conformance';
import { describeConnections } from './connect.conformance';
import { type DriverUnderTest, Subject } from './driver-under-test';
import { describeImageClones } from './image-clone.conformance';
import { describeManaging } from './manage.conformance';
import { describeObjects } from './object.conformance';
import { describeReader } from './reader.conformance';
import { describeSnapshots } from './snapshot.conformance';
import { describeTakeFile } from './take-file.conformance';
import { describeWriter } from './writer.conformance';

export interface Capabilities {
  readonly clones?: boolean;
  /** The driver's writers take whole files. */
  readonly takesFiles?: boolean;
  readonly snapshots?: boolean;
  readonly manages?: boolean;
  readonly connects?: boolean;
  /** The driver clones images from where they lie. */
  readonly clonesImages?: boolean;
}

/**
 * What every driver must do, sentence by sentence of the port. `open` is called once; the suite closes the driver. To be called
 * while tests are being collected. The options say which of the port's optional capabilities the driver has; snapshots are shown with the
 * help of a guest, so that a driver that makes them connects too.
 */
export function driverConformance(
  name: string,
  open: () => Promise<DriverUnderTest>,
  {
    clones = true,
    takesFiles = false,
    snapshots = false,
    manages = false,
    connects = false,
    clonesImages = false,
  }: Capabilities = {},
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
    test('it can do what it is said to be able to, and no more', () => {
      const { driver } = subject;
      expect({
        ...{ snapshots: canSnapshot(driver), manages: canManage(driver), connects: canConnect(driver) },
        clonesImages: canCloneImages(driver),
      }).toEqual({ snapshots, manages, connects, clonesImages });
    });
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
    if (clonesImages) describeImageClones(() => subject);
    if (snapshots) describeSnapshots(() => subject);
    if (manages) describeManaging(() => subject);
    if (connects) describeConnections(() => subject);
    describeCapacity(() => subject);
  });
}

/** What a driver that connects and makes snapshots does with connections: for one more way to connect that it has. */
export function connectionConformance(name: string, open: () => Promise<DriverUnderTest>): void {
  describe(`${name}, connecting`, () => {
    let underTest: DriverUnderTest;
    let subject: Subject;
    beforeAll(async () => {
      underTest = await open();
      subject = new Subject(underTest);
    });
    afterEach(() => subject?.removeAll());
    afterAll(() => underTest?.driver.close());

    describeSnapshots(() => subject);
    describeConnections(() => subject);
  });
}
