#!/usr/bin/env python3
"""A worker for Meanwhile that counts primes: the whole protocol in Python 3.9, without a package. docs/workers.md explains it."""
import json, os, signal, socket, sys, threading, time, urllib.error, urllib.request

URL, KEY = os.environ["MEANWHILE_URL"].rstrip("/"), os.environ["MEANWHILE_KEY"]
running, stop = {}, {}  # the attempts that we hold, and why to stop them, by job

def post(path, **body):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{URL}/v1/worker/{path}", json.dumps(body).encode(), headers), timeout=90) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:  # 409: the attempt, or this worker's life, is over
            if refusal.code not in (429, 503): raise RuntimeError(f"{refusal.code} {refusal.read().decode()}")
            time.sleep(float(refusal.headers.get("Retry-After", 1)))
        except OSError: time.sleep(1)  # the server is away, and comes back

def alive(path, **body):
    try: return post(path, **who, **body)
    except RuntimeError as ended: print(ended, file=sys.stderr, flush=True)
    os._exit(75)  # our jobs have gone to others: stop all work, and let who supervises us start us again

def beat():
    while True:
        time.sleep(me["beat_every_ms"] / 1000)
        answer = alive("beat", running=list(running.values()))
        stop.update({attempt["job_id"]: attempt["reason"] for attempt in answer["stop"]})

def count_primes(job):
    held = running[job["job_id"]]
    say = lambda what, **more: post(f"jobs/{held['job_id']}/{what}", attempt=held["attempt"], fence=held["fence"], **more)
    upto, pace = job["params"]["upto"], job["params"].get("pace_ms", 0) / 1000
    at, found = job.get("checkpoint") or (2, 0)  # where an earlier attempt got to
    say("log", lines=[f"counting from {at} to {upto}"])
    while at <= upto:
        if job["job_id"] in stop: return say("finish", outcome="canceled")
        to = min(at + 1000, upto + 1)
        at, found = to, found + sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(at, to))
        time.sleep(pace)
        say("checkpoint", checkpoint=[at, found])
        news = say("progress", fraction=min(1, at / upto), message=f"{found} primes below {at}", counters={"primes": found})
        if "stop" in news: stop[job["job_id"]] = news["stop"]
    say("finish", outcome="succeeded", summary={"primes": found})

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
me = post("register", name=os.environ.get("WORKER_NAME", socket.gethostname().lower()), tools=["primes"], host=socket.gethostname(), process_id=os.getpid())
who = {"worker": me["worker"], "epoch": me["epoch"]}
threading.Thread(target=beat, daemon=True).start()
try:
    while True:
        claim = alive("claim", max=1, wait_seconds=30)
        for job in claim["jobs"]:
            running[job["job_id"]] = {name: job[name] for name in ("job_id", "attempt", "fence")}
            try: count_primes(job)
            except RuntimeError as over: print(over, file=sys.stderr, flush=True)  # another has it: forget it
            running.pop(job["job_id"]), stop.pop(job["job_id"], None)
        time.sleep(claim["poll_after_ms"] / 1000)
finally:
    post("leave", **who)  # what we still have goes back to the queue, uncounted
