"""Requests that come together are one call, get their own rows, and do not suffer for each other."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hint_train.errors import DataError
from hint_train.serving.batching import Batcher
from hint_train.serving.refusals import RefusedError


def doubled(calls):
    """Twice each number; -1 is a fault of whoever sends it, -2 one of the function."""

    def work(key, items):
        calls.append((key, list(items)))
        if -2 in items:
            raise RuntimeError("broken")
        if -1 in items:
            raise DataError("no negative numbers")
        return np.array([[2 * item] for item in items], dtype=np.float32)

    return work


def run(work, ask, **options):
    """What `ask` returns while a batcher works."""

    async def main():
        with ThreadPoolExecutor(1) as threads:
            batcher = Batcher(work, threads, **{"max_items": 8, "max_cost": 100, "max_waiting": 64, **options})
            task = asyncio.create_task(batcher.run())
            try:
                return await ask(batcher)
            finally:
                task.cancel()

    return asyncio.run(main())


def test_those_that_come_together_are_one_call_and_each_gets_its_rows():
    calls, sizes = [], []
    answers = run(
        doubled(calls),
        lambda batcher: asyncio.gather(batcher.rows("a", [1, 2]), batcher.rows("a", [3]), batcher.rows("b", [4])),
        done=sizes.append,
    )
    assert [answer.ravel().tolist() for answer in answers] == [[2, 4], [6], [8]]
    assert calls == [("a", [1, 2, 3]), ("b", [4])]
    assert sizes == [3, 1]


@pytest.mark.parametrize(("limit", "costs"), [({"max_items": 3}, [0, 0, 0]), ({"max_cost": 5}, [2, 2, 2])])
def test_a_batch_has_a_size_and_order_is_kept(limit, costs):
    calls = []
    jobs = [[1, 2], [3], [4]] if "max_items" in limit else [[1], [2], [3]]
    run(
        doubled(calls),
        lambda batcher: asyncio.gather(*(batcher.rows("a", job, cost) for job, cost in zip(jobs, costs, strict=True))),
        **limit,
    )
    assert calls == [("a", [*jobs[0], *jobs[1]]), ("a", jobs[2])]


def test_one_job_may_be_larger_than_a_batch():
    assert len(run(doubled([]), lambda batcher: batcher.rows("a", list(range(20))), max_items=8)) == 20


@pytest.mark.parametrize(("bad", "error"), [(-1, DataError), (-2, RuntimeError)])
def test_faults(bad, error):
    answers = run(
        doubled([]),
        lambda batcher: asyncio.gather(
            batcher.rows("a", [1]), batcher.rows("a", [bad]), batcher.rows("a", [3]), return_exceptions=True
        ),
    )
    assert isinstance(answers[1], error)
    if error is DataError:  # the fault of one request is not that of the others
        assert answers[0].tolist() == [[2]]
        assert answers[2].tolist() == [[6]]
    else:
        assert isinstance(answers[0], error)


def test_a_full_queue_asks_to_come_again_and_who_leaves_is_left_out():
    began, go, calls = threading.Event(), threading.Event(), []
    work = doubled(calls)

    def slow(key, items):
        began.set()
        assert go.wait(10)
        return work(key, items)

    async def ask(batcher):
        first = asyncio.create_task(batcher.rows("a", [1]))
        await asyncio.to_thread(began.wait, 10)
        waiting = [asyncio.create_task(batcher.rows("a", [i])) for i in (2, 3)]
        await asyncio.sleep(0)
        with pytest.raises(RefusedError) as refused:
            await batcher.rows("a", [4])
        waiting[0].cancel()
        await asyncio.sleep(0)
        go.set()
        return refused.value, await first, await waiting[1]

    refused, first, last = run(slow, ask, max_waiting=2)
    assert refused.status == 503
    assert (first.tolist(), last.tolist()) == ([[2]], [[6]])
    assert calls == [("a", [1]), ("a", [3])]
