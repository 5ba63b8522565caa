"""Captions to words, and words to bags."""

from hint_train.data.featurizers.words import STOP_WORDS, Words, tokens, vocabulary


def test_words_are_counted_by_text_and_ordered_by_count_then_letter():
    texts = ["b a a a", "b c", "the d c"]
    assert vocabulary(texts, 3, frozenset({"the"})) == ("b", "c", "a")
    assert Words(("b", "a"), "ascii").bags(["a A unheard", ""]).tolist() == [[0, 1], [0, 0]]
    assert tokens("İstanbul's 2nd café", "ascii") == ["i", "stanbul", "s", "2nd", "caf"]
    assert all(tokens(word, "ascii") == [word] for word in STOP_WORDS)
