"""A Ray cluster of two nodes on this machine, in a process of its own: `python local_cluster.py`.

It prints the address, and then obeys a line at a time: `remove` takes the second node away, `kill` all of it.
"""

import sys

from ray.cluster_utils import Cluster

MEMORY = 80_000_000  # the smallest store of objects that Ray accepts


def main() -> None:
    head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": MEMORY}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    node = cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
    print(cluster.address, flush=True)
    for line in sys.stdin:
        if line == "remove\n":
            cluster.remove_node(node, allow_graceful=False)
        elif line == "kill\n":
            cluster.remove_node(cluster.head_node, allow_graceful=False)
        print("done", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
