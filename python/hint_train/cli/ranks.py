"""A command as one of several processes: the first one prints, and one alone says what went wrong."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from hint_train.cli.ending import exit_with
from hint_train.errors import TrainError
from hint_train.ranks import current, joined

if TYPE_CHECKING:
    from collections.abc import Callable


def exit_as_one(work: Callable[[], None]) -> NoReturn:
    """Meet the other processes, run `work` and exit as `exit_with` does; the others leave to the first what it has to say.

    Of errors that are one sentence, the first process to end says its own; those that end because of it are quiet. A signal
    does not interrupt what an ending process says: torchrun sends one to all when it finds that one is gone.
    """
    ending = False

    def interrupt(_number: int, _frame: object) -> None:
        if not ending and not current().lost:
            raise KeyboardInterrupt

    def run() -> None:
        nonlocal ending
        with joined() as ranks, contextlib.ExitStack() as stack:
            try:
                if not ranks.first:
                    nowhere = stack.enter_context(open(os.devnull, "w"))
                    stack.enter_context(contextlib.redirect_stdout(nowhere))
                    stack.enter_context(contextlib.redirect_stderr(nowhere))  # help, and faults of arguments
                    logging.disable(logging.CRITICAL)
                work()
            except (TrainError, OSError, KeyboardInterrupt, MemoryError):
                ending = True
                stack.close()
                if not ranks.is_first_to_speak():
                    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - until the end, which is near
                raise

    exit_with(run, handler=interrupt)
