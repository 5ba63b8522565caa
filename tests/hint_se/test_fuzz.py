"""The corpora of the Python fuzz targets, replayed and mutated a little; `benchmarks/library/fuzz.py` does it for minutes.

An input that once failed belongs into `fuzz_targets/corpus/`, so that it never fails again.
"""

import random
from pathlib import Path

import pytest
from fuzz_targets import edgefile, networks, treefile

CORPUS = Path(__file__).parent / "fuzz_targets" / "corpus"
TARGETS = {"treefile": treefile, "edgefile": edgefile, "networks": networks}
N_MUTANTS = 1_500


def stored(target):
    return [path.read_bytes() for path in sorted((CORPUS / target).glob("*"))]


def mutant(inputs, rng):
    """Return an input with a few bytes changed, cut, doubled, or spliced with another."""
    data = bytearray(rng.choice(inputs))
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data) + 1)
        change = rng.randrange(5)
        if change == 0 and place < len(data):
            data[place] = rng.choice((0, 1, 9, 10, 32, 44, 45, 48, 57, 127, 128, 255, rng.randrange(256)))
        elif change == 1:
            del data[place : place + rng.randint(1, 16)]
        elif change == 2:
            data[place:place] = data[place : place + rng.randint(1, 16)]
        elif change == 3:
            other = rng.choice(inputs)
            start = rng.randrange(len(other) + 1)
            data[place:place] = other[start : start + rng.randint(1, 64)]
        elif place < len(data):
            data[place] ^= 1 << rng.randrange(8)
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS)
def test_corpus(target, record_property):
    inputs = [*TARGETS[target].seeds(), *stored(target)]
    for data in inputs:
        TARGETS[target].one_input(data)
    record_property("fuzz_replay", len(inputs))


@pytest.mark.parametrize("target", TARGETS)
def test_mutants(target, record_property):
    inputs = [*TARGETS[target].seeds(), *stored(target)]
    rng = random.Random(0)
    for _ in range(N_MUTANTS):
        data = mutant(inputs, rng)
        try:
            TARGETS[target].one_input(data)
        except Exception as error:
            raise AssertionError(f"{target} on {data!r}") from error
    record_property("fuzz_mutants", N_MUTANTS)


def test_corpora_stay_small():
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert len(files) < 200
    assert sum(path.stat().st_size for path in files) < 200_000
