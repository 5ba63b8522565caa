"""Captions to words, and words to bags."""

from hint_train.data.preparation.text import STOP_WORDS, bags, tokens, vocabulary


def test_words_are_counted_by_text_and_ordered_by_count_then_letter():
    texts = ["b a a a", "b c", "the d c"]
    assert vocabulary(texts, 3, frozenset({"the"})) == ("b", "c", "a")
    assert bags(["a A unheard", ""], ("b", "a")).tolist() == [[0, 1], [0, 0]]
    assert tokens("İstanbul's 2nd café") == ["i", "stanbul", "s", "2nd", "caf"]
    assert all(tokens(word) == [word] for word in STOP_WORDS)
