import { FaultError } from '@hearth/cinder-v3';
import {
  type AskOptions,
  type ImageService,
  ImageServiceError,
  type ImageServiceProblem,
  type ShownImage,
} from '@hearth/openstack-clients';
import { imageIdentity } from '../testing/fakes';
import { imageId } from '../testing/volume-rows';
import { callerImageLookup } from './caller.image-lookup';

const image: ShownImage = { status: 'active', identity: imageIdentity() };

/** Answers every question with what a test says, and keeps what was asked. */
class ScriptedImages implements ImageService {
  readonly asked: string[] = [];

  constructor(private readonly answer: (options: AskOptions) => Promise<readonly ShownImage[]>) {}

  async show(id: string, options: AskOptions = {}) {
    this.asked.push(`show ${id} as ${options.token}`);
    return (await this.answer(options))[0]!;
  }

  findByName(name: string, options: AskOptions = {}) {
    this.asked.push(`find ${name} as ${options.token}`);
    return this.answer(options);
  }

  open(): never {
    throw new Error('the api never reads the bytes of an image');
  }
}

const answering = (...images: ShownImage[]) => new ScriptedImages(async () => images);
const failing = (error: Error) => new ScriptedImages(() => Promise.reject(error));

async function faultOf(service: ImageService, reference: string = imageId, timeoutMs = 5_000) {
  const error: unknown = await callerImageLookup(service, timeoutMs)
    .resolve(reference, 't')
    .catch((reason: unknown) => reason);
  if (!(error instanceof FaultError)) throw new Error('no fault was thrown', { cause: error });
  return error;
}

test.each([imageId, imageId.toUpperCase(), `http://glance.example.org/v2/images/${imageId}`])(
  "%s is shown with the caller's token",
  async (reference) => {
    const service = answering(image);
    expect(await callerImageLookup(service, 5_000).resolve(reference, 'demo:ann:member')).toBe(image);
    expect(service.asked).toEqual([`show ${imageId} as demo:ann:member`]);
  },
);

test('what is no id is looked for as a name', async () => {
  const service = answering(image);
  expect(await callerImageLookup(service, 5_000).resolve('tiny', 't')).toBe(image);
  expect(service.asked).toEqual(['find tiny as t']);
});

test('a name that no image has is unknown, one that two have is a conflict', async () => {
  expect((await faultOf(answering(), 'tiny')).fault.status).toBe(400);
  expect((await faultOf(answering(image, image), 'tiny')).fault).toMatchObject({
    status: 409,
    message: "Multiple matches found for 'tiny', use an ID to be more specific.",
  });
});

const statuses: Readonly<Record<ImageServiceProblem, number>> = {
  'not-found': 400,
  forbidden: 400,
  'no-data': 400,
  away: 503,
  broken: 503,
  'no-ranges': 503,
  nonsense: 503,
};

test.each(Object.entries(statuses))('an image service that says %s is a %i', async (problem, status) => {
  const cause = new ImageServiceError(problem as ImageServiceProblem, 'inner detail');
  const { fault } = await faultOf(failing(cause));
  expect(fault.status).toBe(status);
  expect(fault.message).not.toContain('inner detail');
});

test('an image service that does not answer in time is away', async () => {
  const silent = new ScriptedImages(
    ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
  );
  expect((await faultOf(silent, imageId, 1)).fault).toMatchObject({ status: 503, retryAfterSeconds: 1 });
});

test('a mistake of ours is not taken for an outage', async () => {
  const service = failing(new TypeError('undefined is not a function'));
  await expect(callerImageLookup(service, 5_000).resolve(imageId, 't')).rejects.toThrow(TypeError);
});
