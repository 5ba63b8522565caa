"""Wins, ties and losses of a small board."""

from benchmarks.training.leaderboard_counts import counted, gaps


def line(value):
    return {
        "scores": {d: dict.fromkeys(("map", "map@50", "map@5000"), value) for d in ("image_to_text", "text_to_image")}
    }


def test_means_over_seeds_are_compared_cell_by_cell():
    board = {"HINT": {16: [line(0.5), line(0.7)], 64: [line(0.8)]}, "A": {16: [line(0.604)], 64: [line(0.7)]}}
    found = gaps(board, "A")
    assert len(found) == 12
    assert round(found[16, "image_to_text", "map"], 6) == -0.004
    assert round(found[64, "text_to_image", "map@50"], 6) == 0.1


def test_wins_ties_and_losses_are_counted_and_losses_named():
    board = {
        "HINT": {16: [line(0.5)], 64: [line(0.8)]},
        "A": {16: [line(0.504)], 64: [line(0.7)]},
        "B": {16: [line(0.6)]},
    }
    text = counted({"set": board}, ["A", "B", "absent"])
    assert "| A | 6 | 6 | 0 |" in text
    assert "| B | 0 | 0 | 6 |" in text
    assert "* B, set, 16 bits, I→T, @50: 0.100\n" in text
    assert "absent" not in text
