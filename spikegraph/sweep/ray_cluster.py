"""A Ray cluster: connecting to it, and whether its nodes can make the runs."""

import socket

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

import spikegraph
from spikegraph.sweep.ray_task import Node, look

ANSWER_S = 10.0
"""How long a host may take to answer."""

LOOK_S = 120.0
"""How long a node may take to answer; its first task starts a process there, which loads the package."""


class ClusterError(Exception):
    """The cluster can't be used.

    Attributes:
        summary: Why.
        help: The fix.
    """

    def __init__(self, summary: str, help: str) -> None:
        super().__init__(summary, help)
        self.summary, self.help = summary, help


def connect(address: str) -> None:
    """Connects to a cluster, or starts one on this machine.

    Args:
        address: `auto`, `local`, `HOST:PORT` or `ray://HOST:PORT`; see `ray.init`.

    Raises:
        ClusterError: There is none.
    """
    local = {"include_dashboard": False} if address == "local" else {}
    host, _, port = address.rpartition(":")
    try:
        if host and port.isdecimal() and "/" not in host:
            socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()  # Ray tries for ten minutes
        ray.init(address, log_to_driver=False, **local)
    except (OSError, RayError, ValueError, RuntimeError) as error:
        help = "start one with `ray start --head` there, or use --ray local for this machine alone"
        raise ClusterError(f"no Ray cluster answers at {address}: {error}", help) from error


def check_nodes(paths: tuple[str, ...]) -> None:
    """Has every node that may get a run look at the storage.

    Raises:
        ClusterError: A node can't load the package, has another version of it, or doesn't see one of the paths.
    """
    remote = ray.remote(look)
    nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    places = [NodeAffinitySchedulingStrategy(node["NodeID"], soft=False) for node in nodes]
    answers = [remote.options(num_cpus=0, max_retries=0, scheduling_strategy=place).remote(paths) for place in places]
    for node, answer in zip(nodes, answers, strict=True):
        host = node["NodeManagerHostname"]
        try:
            _check(ray.get(answer, timeout=LOOK_S))
        except GetTimeoutError as error:
            raise ClusterError(f"the node {host} doesn't answer", "look at it with `ray status`") from error
        except RayTaskError as error:
            help = "install the same version in the environment of each node"
            raise ClusterError(f"spikegraph can't be loaded on the node {host}: {error.cause}", help) from error
        except RayError:
            continue  # the node was lost since


def _check(node: Node) -> None:
    if node.version != spikegraph.__version__:
        here = spikegraph.__version__
        help = "install the same version in the environment of each node"
        raise ClusterError(f"the node {node.host} has spikegraph {node.version}, and this machine has {here}", help)
    if node.missing is not None:
        help = "keep the runs, the spec and the working directory on storage that all nodes see under the same path"
        raise ClusterError(f"the node {node.host} doesn't see {node.missing}", help)
