"""How often a study of nothing finds something: the plain paired t test against the corrected one.

Made-up studies: labels that mean nothing, two learners (logistic regressions) that look at columns of their own, the
same random splits for both. Runs of one collection share tracks, so that ten of them are not ten independent looks: the
plain test takes them for that, the corrected one (Nadeau and Bengio, 2003) does not. Either should find a difference in
one study of twenty.

    python bench/false_alarms.py [--studies 400] [--tracks 120] [--splits 10] [--test 0.2]
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.stats import ttest_rel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from unisono.evaluation.significance import compare

COLUMNS = 5  # of each learner
LEVEL = 0.05


def study(seed: int, tracks: int, splits: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Accuracies of both learners, one a split."""
    rng = np.random.default_rng(seed)
    labels, held_out = rng.integers(0, 2, tracks), round(share * tracks)
    columns = [rng.normal(size=(tracks, COLUMNS)) for _ in range(2)]
    found = np.empty((2, splits))
    for split in range(splits):
        order = rng.permutation(tracks)
        test, train = order[:held_out], order[held_out:]
        for number, values in enumerate(columns):
            model = LogisticRegression().fit(values[train], labels[train])
            found[number, split] = accuracy_score(labels[test], model.predict(values[test]))
    return found[0], found[1]


def main() -> None:
    """Print the share of studies in which each test finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--tracks", type=int, default=120)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--test", type=float, default=0.2)
    args = parser.parse_args()
    alarms = np.zeros(2)
    for seed in range(args.studies):
        one, other = study(seed, args.tracks, args.splits, args.test)
        plain = 1.0 if np.ptp(one - other) == 0 else ttest_rel(one, other).pvalue
        corrected = compare(one, other, args.test / (1 - args.test)).p
        alarms += [plain < LEVEL, corrected < LEVEL]
    plain, corrected = alarms / args.studies
    print(f"{args.studies} studies of {args.splits} splits of {args.tracks} tracks, labels that mean nothing")
    print(f"found a difference: plain paired t test {plain:.0%}, corrected {corrected:.0%}; {LEVEL:.0%} is right")


if __name__ == "__main__":
    main()
