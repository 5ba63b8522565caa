"""Requests that come together are encoded together: one call of a network for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hint_train.errors import TrainError
from hint_train.serving.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray

    Work = Callable[[Any, list[Any]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Job:
    key: Hashable
    items: Sequence[Any]
    cost: int
    rows: asyncio.Future[NDArray[np.float32]]


class Batcher:
    """A queue in front of a function that takes many items as cheaply as one.

    Parameters
    ----------
    work
        Called in `executor` with a key and the items of all jobs of that key; gives a row for each item.
    executor
        Threads that work.
    gather
        Seconds that the first job of a batch waits for others.
    max_items, max_cost
        Items and cost of a batch; one job alone may have more.
    max_waiting
        Jobs in the queue.
    done
        Is told the number of items of each batch.
    """

    def __init__(
        self,
        work: Work,
        executor: Executor,
        *,
        gather: float = 0.002,
        max_items: int,
        max_cost: int,
        max_waiting: int,
        done: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._work, self._executor, self._gather, self._done = work, executor, gather, done
        self._max_items, self._max_cost = max_items, max_cost
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(max_waiting)

    async def rows(self, key: Hashable, items: Sequence[Any], cost: int = 0) -> NDArray[np.float32]:
        """What `work` gives for `items`, which may be computed together with others of the same `key`.

        Raises
        ------
        RefusedError
            The queue is full.
        """
        job = _Job(key, items, cost, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            raise RefusedError(
                503, f"{self._queue.maxsize:,} requests are waiting already; try again in a second"
            ) from None
        return await job.rows

    async def run(self) -> None:
        """Work until cancelled."""
        kept: _Job | None = None
        while True:
            jobs = [kept or await self._queue.get()]
            await asyncio.sleep(self._gather)
            kept = self._fill(jobs)
            by_key: dict[Hashable, list[_Job]] = defaultdict(list)
            for job in jobs:
                if not job.rows.done():  # nobody waits any more
                    by_key[job.key].append(job)
            for together in by_key.values():
                await self._answer(together)
            jobs, by_key, together = [], {}, []  # pictures are large, and the next may be long in coming

    def _fill(self, jobs: list[_Job]) -> _Job | None:
        """Take what fits into the batch; the first job that does not is handed back."""
        items, cost = len(jobs[0].items), jobs[0].cost
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                job = self._queue.get_nowait()
                items, cost = items + len(job.items), cost + job.cost
                if items > self._max_items or cost > self._max_cost:
                    return job
                jobs.append(job)
        return None

    async def _answer(self, jobs: list[_Job]) -> None:
        items = [item for job in jobs for item in job.items]
        try:
            rows = await asyncio.get_running_loop().run_in_executor(self._executor, self._work, jobs[0].key, items)
        except TrainError as error:
            if len(jobs) == 1:
                _set(jobs[0].rows.set_exception, jobs[0], error)
            for job in jobs if len(jobs) > 1 else ():  # the fault of one is not that of the others
                await self._answer([job])
        except Exception as error:
            for job in jobs:
                _set(job.rows.set_exception, job, error)
        else:
            self._done(len(items))
            first = 0
            for job in jobs:
                _set(job.rows.set_result, job, rows[first : first + len(job.items)])
                first += len(job.items)


def _set(setter: Callable[[Any], None], job: _Job, value: object) -> None:
    if not job.rows.done():  # cancelled meanwhile
        setter(value)
