"""The forest beside scikit-learn 1.7.2, in turn: medians and their ratio.

Run by bench_forest, with itself as the only argument. BIS_BENCH_REPEATS (7)
is how often each is timed; BIS_BENCH_LARGE=1 adds the million rows, which take
scikit-learn some minutes a time.
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
        return float(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def timed(fn):
    started = time.perf_counter()
    fn()
    return time.perf_counter() - started


def in_turn(name, theirs, ours, repeats=REPEATS):
    t, o = [], []
    for _ in range(repeats):
        t.append(timed(theirs))
        o.append(ours())
    t, o = statistics.median(t), statistics.median(o)
    print("%-34s scikit-learn %9.4f s   bis %9.4f s   %5.1f times faster" % (name, t, o, t / o),
          flush=True)
    return o


def bench(program, name, data, params, threads, peak=False, repeats=REPEATS):
    worker = Worker(program, {"data": data, "params": params})
    x, y, x_test, _ = made.rows_and_classes(data)
    fitted = None
    for n in threads:
        clf = RandomForestClassifier(n_jobs=n, **params)
        fitted = in_turn("fit %s, n_jobs=%d" % (name, n), lambda: clf.fit(x, y),
                         lambda: worker.ask("fit %d" % n), repeats)
    clf.n_jobs = 1
    in_turn("predict_proba %s, %d rows" % (name, len(x_test)), lambda: clf.predict_proba(x_test),
            lambda: worker.ask("proba 1"), repeats)
    if peak:
        del x, clf
        print("%-34s %.2f times the input, which is counted" % ("peak memory less the forest",
                                                                worker.ask("peak")))
    worker.end()
    return fitted


if __name__ == "__main__":
    program = sys.argv[1]
    bench(program, "lab", LAB, LAB_PARAMS, (1, 2))
    bench(program, "lab, balanced", LAB, {**LAB_PARAMS, "class_weight": "balanced"}, (1, 2))
    some = {"n_estimators": 20, "random_state": 42}
    fitted = bench(program, "100 000 rows", large(100_000, 100_000), some, (1,), peak=True)
    if os.environ.get("BIS_BENCH_LARGE"):
        larger = bench(program, "1 000 000 rows", large(1_000_000, 1_000_000), some, (1,), True,
                       int(os.environ.get("BIS_BENCH_LARGE_REPEATS", REPEATS)))
        print("growth from 100 000 to 1 000 000 rows: %.1f times (n log n: 12.0)" %
              (larger / fitted))
    else:
        print("BIS_BENCH_LARGE=1 adds 1 000 000 rows")
