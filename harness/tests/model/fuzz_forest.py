"""Random forests, ours against scikit-learn 1.7.2's: `make fuzz-forest`, with an
interpreter that has it in $BIS_SKLEARN_PYTHON. FUZZ_SECONDS (3600) is how long,
FUZZ_SEED (the time) where it begins. A difference is printed as a case that
fixtures/vectors/forest/forest.jsonl could hold, and ends it with 1.
"""
import hashlib
import json
import os
import subprocess
import sys
import time
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["BIS_SRCDIR"], "fixtures/vectors/forest"))
warnings.filterwarnings("ignore")
import made  # noqa: E402
import make_vectors  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402

LARGE = int(os.environ.get("FUZZ_LARGE", "50"))  # one in so many has many rows


def expected(case):
    x, y, x_test, _ = made.rows_and_classes(case["data"])
    clf = RandomForestClassifier(n_jobs=1, **case["params"]).fit(x, y)
    digest = hashlib.sha256()
    for e in clf.estimators_:
        state = e.tree_.__getstate__()
        digest.update(state["nodes"].tobytes())
        digest.update(state["values"].tobytes())
    digest.update(clf.predict_proba(x_test).tobytes())
    return digest.hexdigest()


def large(rng, spec):
    """So many rows that the tree's upper nodes are binned and its parts laid side by side."""
    spec.update(n=int(rng.integers(5000, 400000)), k=2, missing=[0.0] * len(spec["kinds"]))
    return {"n_estimators": 2, "random_state": int(rng.integers(0, 2**32)),
            "max_features": "sqrt", "min_samples_leaf": int(rng.choice([1, 1, 1, 20]))}


def main():
    program = sys.argv[1]
    seed = int(os.environ.get("FUZZ_SEED", time.time()))
    until = time.time() + float(os.environ.get("FUZZ_SECONDS", "3600"))
    worker = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    count = 0
    while time.time() < until:
        rng = np.random.default_rng(seed + count)
        spec = make_vectors.random_spec(rng, int(rng.integers(0, 10000)))
        spec["seed"] = int(rng.integers(0, 2**31))
        params = make_vectors.random_params(rng, spec["n"], len(spec["kinds"]))
        if count % LARGE == 0:
            params = large(rng, spec)
        case = {"data": spec, "params": params}
        worker.stdin.write(json.dumps(case) + "\n")
        worker.stdin.flush()
        got = worker.stdout.readline().strip()
        if got != expected(case):
            print("another forest (seed %d):\n%s\n%s" % (seed + count, json.dumps(case), got))
            return 1
        count += 1
    print("%d forests, all bit for bit scikit-learn's (from seed %d)" % (count, seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
