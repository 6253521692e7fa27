"""Run by the test of the engine ray: a cluster of two nodes, of which one is killed while it works on a block."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import ray
from ray.cluster_utils import Cluster as Nodes

from unisono.collection import Track
from unisono.inputs import input_of
from unisono.inputs.catalog import Catalog, Cluster, Hearing, Order
from unisono.inputs.extraction import Workers
from unisono.tagging import open_model
from unisono.tagging.catalog import tagging_with
from unisono.tagging.tagged import Layout


class Watched(Hearing):
    """Notes which node begins which block; the node that is to die never ends one."""

    def made(self, block, workers):
        node = ray.get_runtime_context().get_node_id()
        Path(os.environ["BEGUN"], f"{block.number}-{node}").touch()
        if Path(os.environ["BEGUN"], f"victim-{node}").exists():
            time.sleep(600)
        return super().made(block, workers)


def main(settings):
    begun = Path(os.environ["BEGUN"])
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    victim = nodes.add_node(num_cpus=1)
    (begun / f"victim-{victim.node_id}").touch()
    folder, cluster, killed = Path(settings["folder"]), Cluster(nodes.address), []

    def advance(done, of):
        while not killed and not list(begun.glob(f"[0-9]*-{victim.node_id}")):
            time.sleep(0.05)
        if not killed:
            killed.append(done)
            nodes.remove_node(victim, allow_graceful=False)

    tracks = [Track(Path(p).name, Path(p)) for p in settings["sounds"]]
    work = Watched({"audio": input_of(settings["input"])}, keep=False)
    order = Order(str(folder / "ray"), "ray", 4, True, Workers(), cluster)
    catalog = Catalog(work, tracks, order)
    catalog.run(advance)
    blocks = {path.name for path in begun.iterdir()}
    twice = [n for n in range(catalog.blocks) if sum(name.startswith(f"{n}-") for name in blocks) > 1]
    tagging = tagging_with(open_model(settings["model"]), Layout())
    tags = Catalog(tagging, tracks, Order(str(folder / "ray-tags"), "ray", 6, True, Workers(), cluster))
    tags.run()
    told = {"killed_after": killed, "begun_twice": twice, "failures": [f.id for f in catalog.failures]}
    print(json.dumps(told | {"kept": catalog.count("kept"), "tagged": tags.count("kept")}), flush=True)
    nodes.shutdown()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
