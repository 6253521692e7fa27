"""A Ray cluster: a block is one task, which is begun anew elsewhere when its worker or its whole machine dies."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from unisono.errors import UserError
from unisono.inputs.catalog.blocks import Block
from unisono.inputs.catalog.shards import Receipt
from unisono.inputs.catalog.work import Cluster, Task
from unisono.inputs.extraction.extracted import error_of
from unisono.inputs.extraction.worker import told
from unisono.parts import need

RETRIES = 8  # of a block whose worker died, before the run gives up
AHEAD = 4  # blocks handed over for each that can be worked on at a time
REACHED = 5.0  # seconds in which an address must answer
ANSWERED = 60.0  # seconds in which a machine of the cluster must do a first, small task
_STORE = 100 << 20  # bytes of shared memory for objects: ours are small
_SILENT: dict[str, Any] = {"log_to_driver": False, "logging_level": "CRITICAL"}
_QUIET = {  # no reports to anybody, no warnings between our lines, and a refusal after seconds
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "error",
    "RAY_NUM_REDIS_GET_RETRIES": "5",
}


def run(task: Task, blocks: Iterable[Block], cluster: Cluster) -> Generator[Receipt]:
    """Work through the blocks on a cluster.

    Args:
        task: with one process a block unless its `workers` say otherwise; a block occupies as many processors.
        cluster: where it is; without an address one is started on this machine and ended with the run.
    Raises: MissingExtra; UserError when the cluster cannot be had or gives a block up.
    """
    with _connected(cluster) as ray:
        yield from _worked(ray, task, blocks)


def answer(task: Task, block: Block) -> dict[str, Any]:
    """What a machine of the cluster does: the block's receipt, or the words of a user's error."""
    try:
        return {"receipt": task(block)}
    except UserError as error:
        return told(error)


def _worked(ray: Any, task: Task, blocks: Iterable[Block]) -> Iterator[Receipt]:
    each = task.workers.number or 1
    held, limit = ray.put(task), AHEAD * _at_a_time(ray, each)
    remote = ray.remote(num_cpus=each, max_retries=RETRIES, scheduling_strategy="SPREAD")(answer)
    begun = dict[Any, Block]()
    for block in blocks:
        while len(begun) >= limit:
            yield from _finished(ray, begun)
        begun[remote.remote(held, block)] = block
    while begun:
        yield from _finished(ray, begun)


def _finished(ray: Any, begun: dict[Any, Block]) -> Iterator[Receipt]:
    """Wait for a block, and take all that are done."""
    first, waiting = ray.wait(list(begun), num_returns=1)
    more = ray.wait(waiting, num_returns=len(waiting), timeout=0)[0] if waiting else []
    for done in (*first, *more):
        block = begun.pop(done)
        try:
            reply = ray.get(done)
        except ray.exceptions.RayError as error:
            raise _given_up(ray, block, error) from error
        if failed := error_of(reply):
            raise failed
        yield reply["receipt"]


def _given_up(ray: Any, block: Block, error: Any) -> Exception:
    where = f"block {block.number} (tracks {block.first + 1} to {block.first + len(block.tracks)})"
    if isinstance(error, ray.exceptions.RayTaskError):
        cause = getattr(error, "cause", None)
        if not isinstance(cause, ImportError):
            raise error  # a mistake of ours
        return UserError(where, f"cannot be worked on ({cause})", "Install the same unisono on all machines.")
    found = f"is given up after {RETRIES + 1} tries ({type(error).__name__})"
    return UserError(where, found, "Give workers more memory, or make blocks smaller with --block; then run it again.")


def _at_a_time(ray: Any, each: int) -> int:
    """Blocks that the cluster can work on at a time now.

    Raises: UserError when a block wants more processors than any machine has.
    """
    processors = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    if max(processors, default=0) and max(processors) < each:
        found = f"{each} processes a block are asked for but no machine has more than {max(processors)} processors"
        raise UserError("--workers", found, "Ask for fewer with -j.")
    return max(1, sum(count // each for count in processors))


@contextmanager
def _connected(cluster: Cluster) -> Iterator[Any]:
    """Ray, connected; what was started is ended."""
    _secure(cluster)
    ray = need("ray", "the engine ray")
    if cluster.address is not None:
        _reach(cluster.address)
    with _hushed() as complaints:
        try:
            ray.init(**(_own() if cluster.address is None else {"address": cluster.address}), **_SILENT)
        except (ConnectionError, RuntimeError, ValueError, ImportError, OSError, ray.exceptions.RayError) as error:
            raise _refused(ray, cluster, f"{error}\n{complaints()}") from error
    try:
        if cluster.address is not None and not cluster.insecure:
            _check_door(ray, cluster.address)
        yield ray
    finally:
        with _hushed():
            ray.shutdown()


def guarded() -> bool:
    """Whether the Ray of this machine asks for a token."""
    asking = need("ray._private.authentication.authentication_utils", "the engine ray")
    return bool(asking.is_token_auth_enabled())


def _check_door(ray: Any, address: str) -> None:
    """A cluster that lets everybody in takes any token; then ours protects nothing.

    Raises: UserError.
    """
    where = f"--ray-address {address}"
    try:
        closed = ray.get(ray.remote(num_cpus=0)(guarded).remote(), timeout=ANSWERED)
    except ray.exceptions.RayError as error:
        reason = str(getattr(error, "cause", None) or type(error).__name__).partition("\n")[0]
        advice = "Install the same unisono and Ray on all machines."
        raise UserError(where, f"the cluster cannot work for us ({reason})", advice) from error
    if not closed:
        found = "the cluster asks nobody for a token, so anybody can reach it"
        advice = "Start it with RAY_AUTH_MODE=token, or add --insecure-cluster on a network of your own."
        raise UserError(where, found, advice)


def _own() -> dict[str, Any]:
    """A cluster of this machine alone, without web pages."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    here = {"address": "local", "_node_ip_address": "127.0.0.1", "include_dashboard": False}
    return {**here, "num_cpus": processors, "object_store_memory": _STORE}


def _refused(ray: Any, cluster: Cluster, told: str) -> UserError:
    reason = told.strip().partition("\n")[0].rstrip(".")[:200] or "no reason is given"
    if cluster.address is None:
        return UserError("--engine ray", f"no cluster can be started on this machine ({reason})")
    where = f"--ray-address {cluster.address}"
    if "InvalidAuthToken" in told or "AuthenticationError" in told:
        found = f"the cluster does not take {'a call without a token' if cluster.insecure else 'this token'}"
        return UserError(where, found, "Put the cluster's own token into RAY_AUTH_TOKEN or ~/.ray/auth_token.")
    found = f"the cluster cannot be connected to ({reason})"
    advice = f"Run it on a machine of the cluster, which must have the same Ray as here ({ray.__version__})."
    return UserError(where, found, advice)


@contextmanager
def _hushed() -> Iterator[Callable[[], str]]:
    """What Ray's compiled half writes to stderr goes nowhere; the function tells what it was."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as complaints:
        os.dup2(complaints.fileno(), 2)

        def said() -> str:
            complaints.seek(0)
            return complaints.read().decode(errors="replace")

        try:
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _secure(cluster: Cluster) -> None:
    """Ask for Ray's token authentication before it is imported, since it looks only then.

    Raises: UserError when a cluster is to be connected to without a token.
    """
    os.environ.update(_QUIET)
    if cluster.address is not None and cluster.insecure:
        os.environ["RAY_AUTH_MODE"] = "disabled"
        return
    os.environ["RAY_AUTH_MODE"] = "token"
    if _has_token():
        return
    if cluster.address is not None:
        found = "there is no token for the cluster, which anybody could reach without one"
        advice = (
            "Put its token into RAY_AUTH_TOKEN or ~/.ray/auth_token (`ray get-auth-token` tells it),"
            " or add --insecure-cluster on a network of your own."
        )
        raise UserError(f"--ray-address {cluster.address}", found, advice)
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)  # for the processes of this run alone


def _has_token() -> bool:
    named = os.environ.get("RAY_AUTH_TOKEN_PATH")
    path = Path(named) if named else Path.home() / ".ray" / "auth_token"
    return bool(os.environ.get("RAY_AUTH_TOKEN", "").strip()) or (path.is_file() and bool(path.read_text().strip()))


def _reach(address: str) -> None:
    """Whether anybody listens at an address; Ray itself would try for a minute.

    Raises: UserError.
    """
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        found = f'"{address}" is no address but HOST:PORT is needed'
        raise UserError("--ray-address", found, "`ray start --head` shows it; its port is usually 6379.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACHED).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        advice = "Check the address, and that the cluster runs: `ray status`."
        raise UserError(f"--ray-address {address}", f"nobody answers there ({reason})", advice) from error
