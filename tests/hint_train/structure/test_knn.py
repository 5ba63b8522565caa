"""Nearest neighbours against brute force, at every block size, with ties."""

import numpy as np
import pytest
import torch

from hint_train.errors import DataError
from hint_train.structure import knn, tiles
from hint_train.structure.knn import nearest
from hint_train.structure.tiles import Parts, tile_of


def brute_force(x, k, similarity):
    x = x.double()
    if similarity == "cosine":
        unit = torch.nn.functional.normalize(x)
        scores = unit @ unit.T
    else:
        scores = -torch.cdist(x, x, p=1 if similarity == "l1" else 2)
    lists = []
    for i, row in enumerate(scores.tolist()):
        others = sorted((-round(s, 6), j) for j, s in enumerate(row) if j != i)
        lists.append([j for _, j in others[:k]])
    return np.array(lists)


@pytest.fixture(params=[tiles._FEW_ROWS, 0], ids=["few rows", "many rows"])
def many(request, monkeypatch):
    """From so many rows on what may be near is multiplied again."""
    monkeypatch.setattr(tiles, "_FEW_ROWS", request.param)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
@pytest.mark.parametrize("tile", [1, 7, 40, 4000])
def test_matches_brute_force_at_any_tile_size(rng, similarity, tile, monkeypatch):
    monkeypatch.setattr("hint_train.structure.tiles._TILE_ROWS", tile)
    x = torch.randn(40, 5, generator=rng)
    index, value = nearest(x, 4, similarity)
    assert np.array_equal(index.numpy(), brute_force(x, 4, similarity))
    assert (value[:, :-1] >= value[:, 1:]).all()


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
@pytest.mark.parametrize("k", [1, 6, 299])
def test_thresholds_lose_nothing(rng, similarity, k, monkeypatch):
    """All entries of a row are equal to many others, also at the threshold; groups of columns at k = 1 and 6, none at 299."""
    monkeypatch.setattr("hint_train.structure.tiles._TILE_ROWS", 128)
    x = torch.eye(4)[torch.randint(4, (300,), generator=rng)]
    assert np.array_equal(nearest(x, k, similarity)[0].numpy(), brute_force(x, k, similarity))


@pytest.mark.parametrize("similarity", ["l2", "l1"])
def test_distances_are_ranked_far_from_the_origin_and_at_any_scale(rng, similarity):
    x = torch.randn(60, 8, generator=rng)
    expected = brute_force(x, 10, similarity)
    for scale, shift in ((1e4, 0), (1e-4, 0), (1, 50)):
        index, value = nearest(x * scale + shift, 10, similarity)
        assert np.array_equal(index.numpy(), expected)
        distance = torch.cdist(x.double(), x.double(), p=1 if similarity == "l1" else 2).gather(1, index) * scale
        assert value.double() == pytest.approx(1 / (1 + distance), rel=1e-3)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
@pytest.mark.parametrize("power", [-140, -120, -100, -64, -40, 40, 64, 100, 120, 126])
def test_neighbours_do_not_depend_on_the_scale(rng, similarity, power, monkeypatch):
    """Powers of two change no digit, so lists are the same to the last one; 2 ** -140 is below the normal float32."""
    monkeypatch.setattr("hint_train.structure.tiles._TILE_ROWS", 16)
    x = torch.randint(-7, 8, (50, 5), generator=rng).float() / 8
    index, value = nearest(x, 6, similarity)
    scaled = torch.from_numpy(np.ldexp(x.numpy(), power))
    found, alike = nearest(scaled, 6, similarity)
    assert torch.equal(found, index)
    if similarity == "cosine":
        assert torch.equal(alike, value)
    else:
        distance = (1 / value.double() - 1) * 2.0**power
        assert alike.double() == pytest.approx(1 / (1 + distance), rel=1e-3, abs=1e-37)


def test_rows_of_their_own_scale_each():
    """Cosines see no lengths: rows of 1e-30 and of 1e30 among others."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 6)).astype(np.float32)
    lengths = (10.0 ** rng.integers(-37, 37, size=(40, 1))).astype(np.float32)
    assert np.array_equal(nearest(torch.from_numpy(x * lengths), 5)[0], nearest(torch.from_numpy(x), 5)[0])


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
@pytest.mark.parametrize("kinds", [1, 2, 5])
def test_many_equal_rows_leave_few_candidates(rng, similarity, kinds, monkeypatch):
    """Candidates of a tile stay near k a row however many entries tie: what bounds time and memory."""
    monkeypatch.setattr("hint_train.structure.tiles._TILE_ROWS", 400)
    most = []
    table = knn._table

    def watched(row, keys, n_rows):
        most.append(len(keys) / n_rows)
        return table(row, keys, n_rows)

    monkeypatch.setattr(knn, "_table", watched)
    x = torch.eye(5)[torch.arange(900) * kinds // 900]
    assert np.array_equal(nearest(x, 4, similarity)[0].numpy(), brute_force(x, 4, similarity))
    assert max(most) <= 32 * 4


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
def test_ties_go_to_the_smaller_row(similarity):
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert nearest(x, 2, similarity)[0][:, 0].tolist() == [2, 4, 0, 0, 1]
    many = torch.ones(300, 3)
    assert nearest(many, 2, similarity)[0][:3].tolist() == [[1, 2], [0, 2], [0, 1]]
    assert nearest(many, 2, similarity)[0][-1].tolist() == [0, 1]


@pytest.mark.usefixtures("many")
def test_zero_rows_have_neighbours_and_no_nan():
    index, value = nearest(torch.zeros(4, 2), 3)
    assert index.tolist()[0] == [1, 2, 3]
    assert torch.isfinite(value).all()


@pytest.mark.parametrize("k", [0, 3, 9])
def test_refuses_more_neighbours_than_rows(k):
    with pytest.raises(DataError, match="3 rows"):
        nearest(torch.zeros(3, 2), k)


def rows_of(kind, n, d, rng):
    apart = torch.randn(n, d, generator=rng)
    if kind == "random":
        return apart
    centres = torch.randn(5, d, generator=rng)[torch.arange(n) % 5]
    noise = {"clustered": 0.3, "nearly equal": 1e-3, "equal but for last bits": 1e-7, "equal": 0}[kind]
    return centres + noise * apart


@pytest.mark.parametrize("kind", ["random", "clustered", "nearly equal", "equal but for last bits", "equal"])
@pytest.mark.parametrize(("k", "tile"), [(1, 128), (7, 128), (7, 37), (60, 4000)])
def test_short_rows_and_tile_sizes_change_no_bit(rng, kind, k, tile, monkeypatch):
    x = rows_of(kind, 500, 70, rng)
    monkeypatch.setattr(tiles, "_FEW_ROWS", 0)
    monkeypatch.setattr(tiles, "_TILE_ROWS", tile)
    found = []
    for short in (True, False):
        monkeypatch.setattr(tiles, "shortens", lambda _, short=short: short)
        found.append(nearest(x, k))
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
    unit = torch.nn.functional.normalize(x.double())
    alike = (unit @ unit.T).fill_diagonal_(-1)
    index, value = found[0]
    assert (alike.gather(1, index) - value).abs().max() < 1e-6
    assert (alike.topk(k).values - value).abs().max() < 1e-6
    if kind == "equal":
        assert np.array_equal(index.numpy(), brute_force(x, k, "cosine"))


def test_products_of_few_rows_are_the_similarities(rng):
    x = torch.randn(300, 200, generator=rng)
    index, value = nearest(x, 9)
    unit = tiles.unit_rows(x)
    assert torch.equal(value, torch.round((unit @ unit.T).gather(1, index) * 2**21) / 2**21)


@pytest.mark.parametrize("short", [True, False])
def test_threads_change_no_bit(rng, short, monkeypatch):
    monkeypatch.setattr(tiles, "_FEW_ROWS", 0)
    monkeypatch.setattr(tiles, "shortens", lambda _: short)
    x, before, found = torch.randn(1500, 200, generator=rng), torch.get_num_threads(), []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            found.append(nearest(x, 20))
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("d", [1, 3, 64, 513, 4096])
@pytest.mark.parametrize("spread", [0, 1, 3])
@pytest.mark.parametrize("last", [1, 2, 7, 60])
def test_a_tile_hides_nothing(rng, d, short, spread, last, monkeypatch):
    """Also of rows most of whose length is in few numbers, or around one centre, and of few rows."""
    monkeypatch.setattr(tiles, "_FEW_ROWS", 0)
    monkeypatch.setattr(tiles, "shortens", lambda _: short)
    monkeypatch.setattr(tiles, "_TILE_ROWS", 300)
    x = torch.randn(300 + last, d, generator=rng)
    parts = Parts(x.exp().pow(spread) if spread else x, "cosine", None)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        tile = tile_of(parts[i], parts[j], "cosine", short=short, filters=True)
        alike = parts[i].rows.double() @ parts[j].rows.double().T
        if i == j:
            alike.fill_diagonal_(-torch.inf)
        for side, true in ((tile, alike), (tile.turned(), alike.T)):
            assert (side.surely(side.values).double() <= true).all()
            for column in range(0, true.shape[1], 7):
                least = true[:, column].float()
                assert (side.reaching(least) | (true < least[:, None])).all()


def test_where_too_much_seems_near_whole_rows_are_multiplied(rng, monkeypatch):
    monkeypatch.setattr(tiles, "_FEW_ROWS", 0)
    monkeypatch.setattr(tiles, "_TILE_ROWS", 200)
    monkeypatch.setattr(tiles, "shortens", lambda _: True)
    made = []

    def watched(*those, short, filters):
        made.append(short)
        return tile_of(*those, short=short, filters=filters)

    monkeypatch.setattr(knn, "tile_of", watched)
    nearest(rows_of("random", 400, 64, rng), 5)
    assert made == [True] * 3
    made.clear()
    nearest(rows_of("nearly equal", 400, 64, rng), 1)
    assert made == [True, False] * 3


@pytest.mark.gpu
def test_device_gives_the_same_lists(rng):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    x = torch.randn(500, 16, generator=rng)
    assert torch.equal(nearest(x, 5)[0], nearest(x.cuda(), 5)[0].cpu())
