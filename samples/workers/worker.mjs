// A worker for Meanwhile that counts primes: the whole protocol in Node 20, without a package. docs/workers.md explains it.
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const { MEANWHILE_URL, MEANWHILE_KEY, WORKER_NAME = hostname().toLowerCase() } = process.env;
const running = new Map(), stop = new Map(); // the attempts that we hold, and why to stop them, by job

async function post(path, body) {
  const headers = { authorization: `Bearer ${MEANWHILE_KEY}`, "content-type": "application/json" };
  for (;;) {
    let answer;
    try { answer = await fetch(`${MEANWHILE_URL.replace(/\/$/, "")}/v1/worker/${path}`, { method: "POST", headers, body: JSON.stringify(body) }); }
    catch { await sleep(1000); continue; } // the server is away, and comes back
    if (answer.ok) return await answer.json();
    if (answer.status !== 429 && answer.status !== 503) throw new Error(`${answer.status} ${await answer.text()}`); // 409: the attempt, or this worker's life, is over
    await sleep(1000 * Number(answer.headers.get("retry-after") ?? 1));
  }
}

const giveUp = (ended) => { console.error(ended.message); process.exit(75); }; // our jobs have gone to others: stop all work, and let who supervises us start us again

async function beat() {
  for (;;) {
    await sleep(me.beat_every_ms);
    const answer = await post("beat", { ...who, running: [...running.values()] }).catch(giveUp);
    for (const attempt of answer.stop) stop.set(attempt.job_id, attempt.reason);
  }
}

const isPrime = (n) => { for (let d = 2; d * d <= n; d++) if (n % d === 0) return false; return true; };

async function countPrimes({ job_id, attempt, fence, params: { upto, pace_ms = 0 }, checkpoint }) {
  const say = (what, more) => post(`jobs/${job_id}/${what}`, { attempt, fence, ...more });
  let [at, found] = checkpoint ?? [2, 0]; // where an earlier attempt got to
  await say("log", { lines: [`counting from ${at} to ${upto}`] });
  while (at <= upto) {
    if (stop.has(job_id)) return await say("finish", { outcome: "canceled" });
    for (const to = Math.min(at + 1000, upto + 1); at < to; at++) if (isPrime(at)) found++;
    await sleep(pace_ms);
    await say("checkpoint", { checkpoint: [at, found] });
    const news = await say("progress", { fraction: Math.min(1, at / upto), message: `${found} primes below ${at}`, counters: { primes: found } });
    if (news.stop) stop.set(job_id, news.stop);
  }
  await say("finish", { outcome: "succeeded", summary: { primes: found } });
}

const me = await post("register", { name: WORKER_NAME, tools: ["primes"], host: hostname(), process_id: process.pid });
const who = { worker: me.worker, epoch: me.epoch };
process.once("SIGTERM", async () => { await post("leave", who); process.exit(0); }); // what we still have goes back to the queue, uncounted
beat();
for (;;) {
  const claim = await post("claim", { ...who, max: 1, wait_seconds: 30 }).catch(giveUp);
  for (const job of claim.jobs) {
    running.set(job.job_id, { job_id: job.job_id, attempt: job.attempt, fence: job.fence });
    await countPrimes(job).catch((over) => console.error(over.message)); // another has it: forget it
    running.delete(job.job_id), stop.delete(job.job_id);
  }
  await sleep(claim.poll_after_ms);
}
