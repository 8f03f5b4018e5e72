import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { PublicError, publishSecurityEvent, type SecurityEventName } from "@middy-hardening/core";
import { httpEvent, invoke } from "@middy-hardening/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FloodControlOptions, securityLogger } from "../src/index.ts";
import { answering, httpGet, type Line, ok, printedBy, publishing, refusing } from "./chain.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

const guarded = (flood?: FloodControlOptions | false) =>
  middy()
    .use(answering())
    .use(securityLogger({ flood, metrics: false }));

const pathOf = (event: unknown): string => (event as typeof httpGet).rawPath;

const repeat = async (count: number, act: () => Promise<unknown>): Promise<void> => {
  for (let done = 0; done < count; done++) await act();
};

/** How many lines were left out before those that are there. */
const suppressedIn = (lines: readonly Line[]): number =>
  lines.reduce((sum, line) => sum + Number(line.suppressed ?? 0), 0);

describe("a flood of requests that are refused", () => {
  it("of ten thousand buys two hundred lines of each kind, and not one is lost from the count", async () => {
    const handler = guarded().use(refusing()).handler(ok);

    const flood = await printedBy(() => repeat(10_050, () => invoke(handler, httpGet)));

    expect(flood.events).toHaveLength(100 + 99);
    expect(flood.invocations).toHaveLength(100 + 99);
    expect(flood.lines).toHaveLength(2 * 199);

    vi.setSystemTime(1_060_000);
    const { summaries } = await printedBy(() => invoke(handler, httpGet));

    const rest = {
      level: "WARN",
      suppressed: 50,
      suppressed_since: "1970-01-01T00:16:40.000+00:00",
      suppressed_until: "1970-01-01T00:16:40.000+00:00",
    };
    expect(summaries).toMatchObject([
      { event: "input_validation_fail", ...rest },
      { outcome: "refused", ...rest },
    ]);
    for (const lines of [flood.events, flood.invocations]) {
      expect(lines.length + suppressedIn(lines) + 50).toBe(10_050);
    }
  });

  it("tells with every hundredth line beyond the burst how many there were since the last one", async () => {
    const handler = guarded().use(refusing()).handler(ok);

    const { events } = await printedBy(() => repeat(300, () => invoke(handler, httpGet)));

    expect(events.map((line) => line.suppressed)).toEqual([
      ...Array.from({ length: 100 }, () => undefined),
      99,
      99,
    ]);
  });

  it("neither hides another kind of event, nor an invocation that failed or was served", async () => {
    const handler = guarded()
      .before((request) => {
        if (pathOf(request.event) === "/flood") {
          publishSecurityEvent(request, { name: "input_validation_fail" });
          throw new PublicError(400);
        }
        publishSecurityEvent(request, { name: "authn_login_fail" });
      })
      .handler(async (event: unknown) => {
        if (pathOf(event) === "/fail") throw new Error("down");
        return ok();
      });
    const call = (path: string) => invoke(handler, httpEvent("api-gateway-http", { path }));

    const { events, invocations } = await printedBy(async () => {
      await repeat(150, () => call("/flood"));
      await call("/fail");
      await call("/");
    });

    expect(events.slice(-2)).toMatchObject([
      { event: "authn_login_fail" },
      { event: "authn_login_fail" },
    ]);
    expect(invocations.slice(-2)).toMatchObject([{ outcome: "failed" }, { outcome: "served" }]);
  });

  it("cannot be fed with requests that are served: each has its line", async () => {
    const handler = guarded().handler(ok);

    const { invocations } = await printedBy(() => repeat(300, () => invoke(handler, httpGet)));

    expect(invocations).toHaveLength(300);
  });

  it("begins a new burst with each window", async () => {
    const handler = guarded({ burst: 2, windowMs: 1000, sampleRate: 0 })
      .use(refusing())
      .handler(ok);

    const { events, summaries } = await printedBy(async () => {
      await repeat(5, () => invoke(handler, httpGet));
      vi.setSystemTime(1_000_999);
      await invoke(handler, httpGet);
      vi.setSystemTime(1_001_000);
      await repeat(5, () => invoke(handler, httpGet));
    });

    expect(events).toHaveLength(4);
    expect(summaries).toMatchObject([
      {
        event: "input_validation_fail",
        suppressed: 4,
        suppressed_since: "1970-01-01T00:16:40.000+00:00",
        suppressed_until: "1970-01-01T00:16:40.999+00:00",
      },
      { outcome: "refused", suppressed: 4 },
    ]);
  });

  it("tells of each kind when its own window is over", async () => {
    const handler = guarded({ burst: 1, windowMs: 1000, sampleRate: 0 })
      .before((request) => {
        const name = pathOf(request.event).slice(1) as SecurityEventName;
        publishSecurityEvent(request, { name });
      })
      .handler(ok);
    const call = (path: string) => invoke(handler, httpEvent("api-gateway-http", { path }));

    const { summaries } = await printedBy(async () => {
      await repeat(3, () => call("/authn_login_fail"));
      vi.setSystemTime(1_000_500);
      await repeat(4, () => call("/authz_change"));
      vi.setSystemTime(1_001_000);
      await call("/sys_startup");
      vi.setSystemTime(1_001_500);
      await call("/sys_startup");
    });

    expect(summaries).toMatchObject([
      { timestamp: "1970-01-01T00:16:41.000Z", event: "authn_login_fail", suppressed: 2 },
      { timestamp: "1970-01-01T00:16:41.500Z", event: "authz_change", suppressed: 3 },
    ]);
  });

  it("is over when the clock is set back", async () => {
    const handler = guarded({ burst: 1, sampleRate: 0 }).use(refusing()).handler(ok);

    const { events } = await printedBy(async () => {
      await repeat(3, () => invoke(handler, httpGet));
      vi.setSystemTime(5_000);
      await invoke(handler, httpGet);
    });

    expect(events.map((line) => line.suppressed)).toEqual([undefined, 2]);
  });
});

describe("the end of the process", () => {
  it("tells what was left out and counted until then, as far as the process ends by itself", async () => {
    vi.resetModules();
    const before = process.listeners("exit");
    const fresh = await import("../src/index.ts");
    const flood = { burst: 1, sampleRate: 0 };
    const handler = middy().use(fresh.securityLogger({ flood })).use(refusing()).handler(ok);
    fresh.securityLogger({ metrics: false });
    const [tellAll, ...others] = process.listeners("exit").filter((one) => !before.includes(one));
    expect(others).toEqual([]);
    await printedBy(() => repeat(5, () => invoke(handler, httpGet)));

    const { summaries, metrics } = await printedBy(async () => {
      tellAll?.(1);
      tellAll?.(1);
    });

    expect(summaries).toMatchObject([
      { event: "input_validation_fail", suppressed: 4 },
      { outcome: "refused", suppressed: 4 },
    ]);
    expect(metrics).toMatchObject([{ input_validation_fail: 4, invocations_refused: 4 }]);
  });

  it("tells nothing on a Logger that is silent", async () => {
    const logger = new Logger({ logLevel: "SILENT" });
    const log = middy()
      .use(securityLogger({ logger, metrics: false, flood: { burst: 1, sampleRate: 0 } }))
      .use(refusing())
      .handler(ok);

    const { lines } = await printedBy(async () => {
      await repeat(5, () => invoke(log, httpGet));
      logger.setLogLevel("INFO");
      await repeat(5, () => invoke(log, httpGet));
      logger.setLogLevel("SILENT");
      vi.setSystemTime(2_000_000);
      await invoke(log, httpGet);
    });

    expect(lines.filter((line) => line.includes("suppressed"))).toEqual([]);
  });
});

describe("what is never left out", () => {
  it("is a CRITICAL event, and its level is not to be had for the asking of a name", async () => {
    const handler = guarded()
      .use(publishing({ name: "authz_fail" }))
      .handler(ok);

    const { events } = await printedBy(() => repeat(300, () => invoke(handler, httpGet)));

    expect(events).toHaveLength(300);
  });

  it("is anything, with `flood: false`", async () => {
    const handler = guarded(false).use(refusing()).handler(ok);

    const { events, invocations } = await printedBy(() =>
      repeat(300, () => invoke(handler, httpGet)),
    );

    expect(events).toHaveLength(300);
    expect(invocations).toHaveLength(300);
  });
});

describe("a flood of failures", () => {
  it("of one kind does not hide one of another kind", async () => {
    const handler = guarded().handler(async (event: unknown) => {
      throw pathOf(event) === "/rare" ? new RangeError("rare") : new TypeError("common");
    });
    const call = (path: string) => invoke(handler, httpEvent("api-gateway-http", { path }));

    const { invocations } = await printedBy(async () => {
      await repeat(1000, () => call("/common"));
      await call("/rare");
    });

    expect(invocations).toHaveLength(100 + 9 + 1);
    expect(invocations.at(-1)).toMatchObject({ error: { type: "RangeError", message: "rare" } });
  });

  it("with ever new names of errors does not crowd out refusals and events", async () => {
    let number = 0;
    const handler = guarded({ burst: 1, sampleRate: 0 }).handler(async (event, context) => {
      if (pathOf(event) === "/refuse") throw new PublicError(404);
      if (pathOf(event) === "/login") {
        publishSecurityEvent({ event, context }, { name: "authn_login_fail" });
      }
      throw Object.assign(new Error("x"), { name: `E${number++}` });
    });
    const call = (path: string) => invoke(handler, httpEvent("api-gateway-http", { path }));

    const { events, invocations } = await printedBy(async () => {
      await repeat(500, () => call("/"));
      await call("/refuse");
      await call("/login");
    });

    expect(events).toHaveLength(1);
    expect(invocations.filter(({ outcome }) => outcome === "refused")).toHaveLength(1);
  });

  it("with ever new names of errors or events is bounded too", async () => {
    const handler = guarded({ burst: 1, sampleRate: 0 }).handler(
      async (event: unknown, context) => {
        const name = pathOf(event).slice(1);
        publishSecurityEvent({ event, context }, { name: name as SecurityEventName });
        throw Object.assign(new Error("x"), { name });
      },
    );
    let number = 0;

    const { events, invocations } = await printedBy(() =>
      repeat(500, () => invoke(handler, httpEvent("api-gateway-http", { path: `/e_${number++}` }))),
    );

    expect(events.length).toBeLessThanOrEqual(129);
    expect(invocations.length).toBeLessThanOrEqual(129);
  });
});
