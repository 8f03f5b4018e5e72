/** Every fault there is, against the twins of `fixture/`. */
import { join } from "node:path";
import { httpEvent, startLocalAws } from "../../packages/testing/src/index.ts";
import { bundle, type Variant } from "./bundle.ts";
import { type Deployment, type Platform, startFunction } from "./lambda-function.ts";
import { CANARIES, canariesIn, leaksIn, type Report, type Results } from "./report.ts";

/** What an invoker receives of a protected function, called directly and over HTTP. */
const EXPECTED: Readonly<Record<string, readonly [direct: RegExp, http: RegExp]>> = {
  error: [/^\{"errorType":"InternalError","errorMessage":"[^"]+"/, /"statusCode":500/],
  null: [/^\{"errorType":"InternalError","errorMessage":"[^"]+"/, /"statusCode":500/],
  oversized: [/^\{"errorType":"response_too_large"/, /"statusCode":5\d\d/],
  hang: [/^\{"errorType":"DeadlineExceeded"/, /"statusCode":503/],
  unknown: [/^\{"errorType":"validation_failed"/, /"statusCode":422/],
};

/** A trace with a frame in it. */
const FRAMES = /"trace":(?!\[(?:"")?\])/;

const FUNCTIONS = [
  ...["hardened", "hardened-stream"],
  ...["unprotected", "unprotected-stream", "unprotected-unloadable"],
];

interface Run {
  readonly platform: Platform;
  readonly variant: Variant;
  /** Outside the repository. */
  readonly folder: string;
  /** An example, from whose packages the fixture is bundled. */
  readonly example: string;
  readonly results: Results;
}

export async function runFixture(run: Run): Promise<void> {
  await using aws = await startLocalAws({ secrets: { "runtime/api-key": CANARIES.apiKey } });
  const environment = {
    ...aws.environment,
    API_KEY: CANARIES.apiKey,
    DATABASE_URL: `postgres://app:${CANARIES.databasePassword}@db.internal:5432/orders`,
  };
  const deploy = (name: string, handler = "handler"): Deployment => {
    const folder = join(run.folder, name);
    return { folder, handler: `index.${handler}`, environment };
  };
  for (const name of FUNCTIONS) {
    const entry = join(import.meta.dirname, "fixture", `${name}.ts`);
    await bundle(run.example, run.variant, join(run.folder, name), entry);
  }
  await faults(run, "a direct call", deploy("hardened"), (job) => job, 0);
  const overHttp = (body: object) =>
    httpEvent("api-gateway-http", { method: "POST", path: "/jobs", body });
  await faults(run, "over HTTP", deploy("hardened", "http"), overHttp, 1);
  await load(run, deploy("hardened", "unloadable"));

  aws.clearCalls();
  const report = await sequence(run, deploy("hardened"));
  const { length } = aws.calls;
  report.check("secrets are loaded once for ten invocations", length === 1, `${length} calls`);

  await atOnce(run, { ...deploy("hardened"), maxConcurrency: 10 });
  await stream(run, deploy("hardened-stream"));
  await streams(run, deploy("hardened-stream"), deploy("unprotected-stream"));
  await unprotected(run, deploy("unprotected"), deploy("unprotected-unloadable"));
}

async function faults(
  { platform, results }: Run,
  how: string,
  deployment: Deployment,
  eventOf: (job: object) => object,
  column: 0 | 1,
): Promise<void> {
  const lambda = await startFunction(platform, deployment);
  const report = results.of(lambda);
  const honest = await lambda.invoke(eventOf({ id: "a-1", fault: "none" }));
  report.answer(`${how}: an honest request`, honest, /a-1.*keyLength/);
  for (const [fault, expected] of Object.entries(EXPECTED)) {
    const payload = await lambda.invoke(eventOf({ id: "a-2", fault }));
    report.answer(`${how}: ${fault}`, payload, expected[column]);
    report.check(`${how}: ${fault}: trace`, !FRAMES.test(payload), payload);
  }
  const after = await lambda.invoke(eventOf({ id: "a-3", fault: "none" }));
  report.answer(`${how}: an honest request after all of them`, after, /a-3.*keyLength/);
  report.log(how, await lambda.end());
}

async function load({ platform, results }: Run, deployment: Deployment): Promise<void> {
  const lambda = await startFunction(platform, deployment);
  const report = results.of(lambda);
  const payload = await lambda.invoke({});
  report.answer("an error while a module loads", payload, /^\{"errorType":"InternalError"/);
  report.log("an error while a module loads", await lambda.end());
}

async function sequence({ platform, results }: Run, deployment: Deployment): Promise<Report> {
  const lambda = await startFunction(platform, deployment);
  const report = results.of(lambda);
  for (let number = 1; number <= 10; number++) {
    const payload = await lambda.invoke({ id: `s-${number}`, fault: "none" });
    const expected = new RegExp(`"id":"s-${number}","count":${number},`);
    report.answer(`invocation ${number} of ten in one environment`, payload, expected);
  }
  report.log("ten invocations after another", await lambda.end());
  return report;
}

async function atOnce(run: Run, deployment: Deployment): Promise<void> {
  const kinds = ["none", ...Object.keys(EXPECTED)];
  const standIn = { ...run, platform: { ...run.platform, emulator: undefined } };
  await tenAtOnce(standIn, deployment, kinds);
  if (!run.platform.hasManagedInstances) return;
  // The emulator tells them a deadline that is a million times too far away (nanoseconds for
  // milliseconds), so that no guard can be in time for it. Ten have to get there on a busy machine.
  const inTime = kinds.filter((kind) => kind !== "hang");
  await tenAtOnce(run, { ...deployment, timeoutMs: 10_000 }, inTime);
}

async function tenAtOnce(
  { platform, results }: Run,
  deployment: Deployment,
  kinds: readonly string[],
): Promise<void> {
  const lambda = await startFunction(platform, deployment);
  const report = results.of(lambda);
  const invokeAll = (faultOf: (index: number) => string) =>
    Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        lambda.invoke({ id: `c-${index}`, fault: faultOf(index) }),
      ),
    );
  for (const [index, payload] of (await invokeAll(() => "together")).entries()) {
    const expected = new RegExp(`"id":"c-${index}","arrived":10`);
    report.answer(`invocation ${index} of ten at the same time`, payload, expected);
  }
  const kindOf = (index: number): string => kinds[index % kinds.length] ?? "none";
  for (const [index, payload] of (await invokeAll(kindOf)).entries()) {
    const expected = EXPECTED[kindOf(index)]?.[0] ?? new RegExp(`"id":"c-${index}"`);
    report.answer(`ten at the same time, of all kinds: ${kindOf(index)}`, payload, expected);
  }
  report.log("ten at the same time", await lambda.end());
}

/** A stream that fails half-way ends its own answer, and not the process. */
async function streams(
  { platform, results }: Run,
  hardened: Deployment,
  unprotected: Deployment,
): Promise<void> {
  const of = (fault: string) => httpEvent("function-url", { path: `/${fault}` });
  const lambda = await startFunction(platform, { ...hardened, isStreaming: true });
  const report = results.of(lambda);
  for (const [index, fault] of ["none", "error", "hang", "none"].entries()) {
    const whole = fault === "none" ? "last" : "";
    const expected = new RegExp(`"statusCode":200.*list ${index + 1}: first, ${whole}$`);
    report.answer(`a stream: ${fault}`, await lambda.invoke(of(fault)), expected);
  }
  const log = await lambda.end();
  report.log("streams", log);
  // What the runtime writes there, it has sent to whoever calls Lambda's API.
  const told = log.split("\n").filter((line) => line.includes("Invoke Error"));
  const isNeutral = told.length === 2 && told.every((line) => leaksIn(line).length === 0);
  report.check("streams: the error at the end", isNeutral, told.join("\n"));

  const twin = await startFunction(platform, { ...unprotected, isStreaming: true });
  await twin.invoke(of("error"));
  const again = await twin.invoke(of("none"));
  report.check("a stream's process ends, unprotected", /list 1: first, last$/.test(again), again);
  report.leak("the log of streams", canariesIn(await twin.end()), "a secret");
}

/** Each in a process of its own, also what cannot follow on another behind the emulator. */
async function stream({ platform, results }: Run, deployment: Deployment): Promise<void> {
  for (const fault of ["none", "error", "hang"]) {
    const lambda = await startFunction(platform, deployment);
    const report = results.of(lambda);
    const expected =
      fault === "none" ? /"statusCode":200.*first, last$/ : /"statusCode":200.*first, $/;
    const answer = await lambda.invoke(httpEvent("function-url", { path: `/${fault}` }));
    report.answer(`one stream: ${fault}`, answer, expected);
    report.log(`one stream: ${fault}`, await lambda.end());
  }
}

/** The same, to see that the checks find what there is. */
async function unprotected(
  { platform, results }: Run,
  deployment: Deployment,
  unloadable: Deployment,
): Promise<void> {
  const lambda = await startFunction(platform, deployment);
  const report = results.of(lambda);
  const failed = await lambda.invoke({ id: "u-1", fault: "error" });
  report.check("error, unprotected: trace", FRAMES.test(failed), failed);
  const failure = leaksIn(failed);
  for (const leak of ["a secret", "internal text", "a stack"]) report.leak("error", failure, leak);
  const thrownNull = await lambda.invoke({ id: "u-1", fault: "null" });
  report.check("null, unprotected", /"errorMessage":"null"/.test(thrownNull), thrownNull);
  const tooLarge = await lambda.invoke({ id: "u-2", fault: "oversized" });
  report.check("oversized, unprotected", /ResponseSizeTooLarge/.test(tooLarge), tooLarge);
  const unchecked = await lambda.invoke({ id: "../../u", fault: "unknown" });
  report.check("validation, unprotected", /"id":"\.\.\/\.\.\/u"/.test(unchecked), unchecked);
  const killed = await lambda.invoke({ id: "u-3", fault: "hang" });
  report.check("hang, unprotected", /timed out after 3/.test(killed), killed);
  report.leak("the log", canariesIn(await lambda.end()), "a secret");

  const web = await startFunction(platform, { ...deployment, handler: "index.http" });
  const event = { body: JSON.stringify({ id: "u-4", fault: "error" }) };
  const answer = leaksIn(await web.invoke(event));
  for (const leak of ["a secret", "internal text", "a stack"]) report.leak("HTTP", answer, leak);
  await web.end();

  const broken = await startFunction(platform, unloadable);
  const told = leaksIn(await broken.invoke({}));
  for (const leak of ["a secret", "internal text", "a stack"]) report.leak("load", told, leak);
  report.leak("the log of load", canariesIn(await broken.end()), "a secret");
}
