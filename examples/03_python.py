"""Learn and tag from Python: python examples/03_python.py COLLECTION-TABLE NEW-FOLDER"""

import sys
from pathlib import Path

import unisono

table, new = (Path(argument) for argument in sys.argv[1:3])

experiment = unisono.Experiment.of(
    {
        "collection": {"table": str(table), "id": "path", "audio": "path"},
        "inputs": {"audio": {"kind": "mel", "n_mels": 40, "duration": 4}},
        "tasks": {"energy": {"kind": "regression", "range": [100, 400]}},
        "network": {"blocks": [{"layers": ["conv 8 3x3 same", "relu", "maxpool 4x4", "globalavgpool"]}]},
        "training": {"epochs": 5, "learning_rate": 0.01},
    }
)

run = unisono.train(experiment, out=table.parent / "python-run")
print("error on artists never heard:", round(run.scores["tasks"]["energy"]["mae"]))

for tags in unisono.open_model(run.model).tag(new):
    (energy,) = tags["energy"].given
    print(Path(tags.id).name, round(energy.value))
