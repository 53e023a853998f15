"""The forest beside scikit-learn 1.7.2, in turn: medians and their ratio.

Run by bench_forest, with itself as the only argument. BIS_BENCH_REPEATS (7)
is how often each is timed; BIS_BENCH_LARGE=1 adds the million rows, which take
scikit-learn some minutes a time (BIS_BENCH_LARGE_TREES=2 a tenth of that).
BIS_BENCH_ONLY picks the cases whose name holds it.
"""
import json
import os
import statistics
import subprocess
import sys
import time
import warnings

sys.path.insert(0, os.path.join(os.environ.get("BIS_SRCDIR", "."), "fixtures/vectors/forest"))
sys.dont_write_bytecode = True
warnings.filterwarnings("ignore")
import made  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402

REPEATS = int(os.environ.get("BIS_BENCH_REPEATS", "7"))
LAB_KINDS = ["bool", "bool", "bool", "bool", "bool"] + ["uniform"] * 5 + ["levels"] * 5
LAB = {"n": 5282, "n_test": 1761, "k": 2, "seed": 77, "noise": .4, "kinds": LAB_KINDS,
       "missing": [0.0] * 15}
LAB_PARAMS = {"n_estimators": 300, "random_state": 42, "max_features": "sqrt"}


def large(n, n_test):
    kinds = ["uniform"] * 14 + ["levels"] * 4 + ["bool"] * 2
    return {"n": n, "n_test": n_test, "k": 2, "seed": 88, "noise": .4, "kinds": kinds,
            "missing": [0.0] * 20}


class Worker:
    def __init__(self, program, case):
        self.process = subprocess.Popen([program, json.dumps(case)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def timed(fn):
    wall, cpu = time.perf_counter(), time.process_time()
    fn()
    return time.perf_counter() - wall, time.process_time() - cpu


def in_turn(name, theirs, ours, repeats=REPEATS):
    """Prints the medians and their ratio, by the clock and, since other
    programs may be running, by processor time."""
    t, o = [], []
    for _ in range(repeats):
        t.append(timed(theirs))
        o.append(ours())
    t, o = [[statistics.median(times) for times in zip(*side)] for side in (t, o)]
    print("%-46s scikit-learn %9.4f s   bis %8.4f s   %5.1f times faster (processor time: %.1f)"
          % (name, t[0], o[0], t[0] / o[0], t[1] / o[1]), flush=True)
    return o[1]


def bench(program, name, data, params, threads, repeats=REPEATS):
    case = {"data": data, "params": params}
    worker = Worker(program, case)
    x, y, x_test, _ = made.rows_and_classes(data)
    for n in threads:
        clf = RandomForestClassifier(n_jobs=n, **params)
        fitted = in_turn("fit %s, n_jobs=%d" % (name, n), lambda: clf.fit(x, y),
                         lambda: worker.ask("fit %d" % n), repeats)
    for n in (1, 2):
        clf.n_jobs = n
        in_turn("predict_proba %s, %d rows, n_jobs=%d" % (name, len(x_test), n),
                lambda: clf.predict_proba(x_test), lambda: worker.ask("proba %d" % n), repeats)
    depth = worker.ask("depth")[0]
    worker.end()
    return fitted / params["n_estimators"], depth


def peak(program, name, data, params):
    worker = Worker(program, {"data": data, "params": params})
    print("%-46s %.2f times the input, which is counted" %
          ("memory %s, less the forest" % name, worker.ask("peak")[0]), flush=True)
    worker.end()


def wanted(name):
    return os.environ.get("BIS_BENCH_ONLY", "") in name


if __name__ == "__main__":
    program = sys.argv[1]
    print("load %s" % open("/proc/loadavg").read().split()[0])
    missing = {**LAB, "missing": [0.0] * 5 + [.01, .2] + [0.0] * 8}
    for name, data in (("lab", LAB), ("lab, some missing", missing)):
        if wanted(name):
            bench(program, name, data, LAB_PARAMS, (1, 2))
            bench(program, name + ", balanced", data,
                  {**LAB_PARAMS, "class_weight": "balanced"}, (1, 2))
    some = {"n_estimators": 20, "random_state": 42}
    if wanted("100 000 rows"):
        peak(program, "100 000 rows", large(100_000, 1), some)
        small = bench(program, "100 000 rows", large(100_000, 100_000), some, (1,))
    if not os.environ.get("BIS_BENCH_LARGE"):
        print("BIS_BENCH_LARGE=1 adds 1 000 000 rows")
    elif wanted("1 000 000 rows"):
        few = int(os.environ.get("BIS_BENCH_LARGE_TREES", 20))
        some = {**some, "n_estimators": few}
        peak(program, "1 000 000 rows", large(1_000_000, 1), some)
        large_fit = bench(program, "1 000 000 rows, %d trees" % few, large(1_000_000, 1_000_000),
                          some, (1,), int(os.environ.get("BIS_BENCH_LARGE_REPEATS", REPEATS)))
        if wanted("100 000 rows"):
            print("growth from 100 000 to 1 000 000 rows: %.1f times the time a tree; %.1f times "
                  "the splits that rows go through (%.1f and %.1f a row); n log n 12.0" %
                  (large_fit[0] / small[0], 10 * large_fit[1] / small[1], small[1], large_fit[1]))
