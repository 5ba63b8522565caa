"""A run and indexes of its codes, asked by many at a time."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import ConfigError
from hint_train.packing import pack
from hint_train.serving.answers import About, Encoded, Example, Found, Hit
from hint_train.serving.encoder import Encoder
from hint_train.serving.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.encoding.saved import SavedRun
    from hint_train.search.hits import Hits
    from hint_train.search.index import Index
    from hint_train.serving.limits import Limits
    from hint_train.serving.measures import Measures
    from hint_train.serving.questions import EncodeQuestion, Modality, SearchQuestion
    from hint_train.serving.shown import Shown

    Codes = NDArray[np.uint8]
    Outputs = NDArray[np.float32]

_SEARCHERS = 4
"""Threads that search at a time; one encodes, and one reads pictures."""
_EXAMPLES = 12
"""Items that the page begins with."""


class Service:
    """What the addresses of the service do.

    Parameters
    ----------
    run
        Its networks and featurizers.
    indexes
        Codes of the items by modality, all of one length.
    seed
        Of the run's networks, where it has several.
    weights
        Where the run's features are made by a network: its weights.

    Raises
    ------
    ConfigError
        An index holds codes of another model.
    """

    def __init__(
        self,
        run: SavedRun,
        indexes: Mapping[Modality, Index],
        shown: Shown,
        limits: Limits,
        measures: Measures,
        *,
        seed: int | None = None,
        weights: Path | None = None,
    ) -> None:
        self._run, self._indexes, self._shown, self._limits = run, dict(indexes), shown, limits
        self._bits = _one_length(run, self._indexes)
        self._encoder = Encoder(run, self._bits, seed, weights, limits, measures)
        self._searchers = ThreadPoolExecutor(min(_SEARCHERS, os.cpu_count() or 1), "search")
        self._painter = ThreadPoolExecutor(1, "picture")  # large pictures are decoded one by one
        for modality, index in self._indexes.items():
            measures.items.labels(modality).set(len(index))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Work while the block lasts; what is begun is finished."""
        try:
            async with self._encoder.open():
                yield
        finally:
            for pool in (self._searchers, self._painter):
                pool.shutdown(cancel_futures=True)

    async def encode(self, question: EncodeQuestion) -> Encoded:
        """Codes of texts, pictures or rows of features."""
        modality: Modality
        if question.texts is not None:
            modality, outputs = "text", await self._encoder.texts("texts", question.texts)
        elif question.pictures is not None:
            modality, outputs = "image", await self._encoder.pictures("pictures", question.pictures)
        else:
            assert question.features is not None
            assert question.modality is not None
            modality, outputs = question.modality, await self._encoder.features(question.features, question.modality)
        codes = [row.tobytes().hex() for row in pack(outputs)]
        return Encoded(codes=codes, bits=self._bits, modality=modality, model=self._run.digest)

    async def search(self, question: SearchQuestion) -> Found:
        """The items nearest to a text, a picture, features, an item or a code."""
        index = self._index(question.find)
        for name, most in (("k", self._limits.max_k), ("rescore", self._limits.max_k)):
            if (getattr(question, name) or 0) > most:
                raise RefusedError(422, f"{name} must be at most {most:,}, got {getattr(question, name):,} (--max-k)")
        if len(question.within or ()) > self._limits.max_within:
            raise RefusedError(422, f"within: has more than {self._limits.max_within:,} ids (--max-within)")
        modality, code, outputs = await self._query(question)
        if question.rescore is not None and outputs is None:
            raise RefusedError(422, "rescore needs real-valued outputs: ask with text, picture or features")
        hits = await asyncio.get_running_loop().run_in_executor(
            self._searchers,
            functools.partial(
                index.search,
                code,
                question.k,
                radius=question.radius,
                within=question.within,
                rescore=question.rescore,
                outputs=outputs if question.rescore is not None else None,
            ),
        )
        return Found(
            hits=self._named(hits, question.find),
            code=code.tobytes().hex(),
            bits=self._bits,
            modality=modality,
            find=question.find,
            unknown_words=[] if question.text is None else self._encoder.unknown_words(question.text),
        )

    async def picture(self, row: int, find: Modality) -> bytes:
        """The small picture of a row of an index."""
        name = self._index(find).ids[self._row(row, find)]
        if self._shown.pictures is None or name not in self._shown.pictures:
            raise RefusedError(404, f"there is no picture of row {row}")
        return await asyncio.get_running_loop().run_in_executor(self._painter, self._shown.pictures.small, name)

    def about(self) -> About:
        """What the page has to know before anything is asked."""
        return About(
            method=self._run.method,
            model=self._run.digest,
            bits=self._bits,
            items={modality: len(index) for modality, index in self._indexes.items()},
            asks=self._encoder.asks,
            pictures=len(self._shown.pictures or ()),
            training_pairs=self._shown.tree.n_pairs if self._shown.tree is not None else None,
            examples=self._examples(),
            limits=asdict(self._limits),
        )

    def _examples(self) -> list[Example]:
        """Items at equal steps through the first index."""
        find, index = next(iter(self._indexes.items()))
        rows = range(0, len(index), max(1, -(-len(index) // _EXAMPLES)))
        return [Example(row=row, **self._known(index.ids[row], row, find)) for row in rows]

    def _known(self, name: Hashable, row: int, find: Modality) -> dict[str, Any]:
        """What is said of an item wherever it is shown."""
        pictured = self._shown.pictures is not None and name in self._shown.pictures
        return {
            "id": name if isinstance(name, int) else str(name),
            "caption": self._shown.captions.get(name),
            "picture": f"pictures/{find}/{row}" if pictured else None,
        }

    def _index(self, find: Modality) -> Index:
        if find not in self._indexes:
            raise RefusedError(422, f"find: there are no codes of {find}s here, only of {' and '.join(self._indexes)}s")
        return self._indexes[find]

    def _row(self, row: int, modality: Modality) -> int:
        count = len(self._index(modality))
        if not 0 <= row < count:
            raise RefusedError(404, f"there is no row {row}; the index has {count:,}")
        return row

    async def _query(self, question: SearchQuestion) -> tuple[Modality | None, Codes, Outputs | None]:
        modality: Modality
        if question.row is not None:
            own = question.modality or question.find
            row = self._row(question.row, own)
            return own, np.array(self._index(own).codes[row : row + 1]), None
        if question.code is not None:
            return None, self._code(question.code), None
        if question.text is not None:
            modality, outputs = "text", await self._encoder.texts("text", [question.text])
        elif question.picture is not None:
            modality, outputs = "image", await self._encoder.pictures("picture", [question.picture])
        else:
            assert question.features is not None
            assert question.modality is not None
            modality, outputs = question.modality, await self._encoder.features([question.features], question.modality)
        return modality, pack(outputs), outputs

    def _code(self, encoded: str) -> Codes:
        code = np.frombuffer(bytes.fromhex(encoded), np.uint8)[None]
        width = -(-self._bits // 8)
        if code.shape[1] != width:
            raise RefusedError(422, f"code: must have {2 * width} digits for {self._bits} bits, got {len(encoded)}")
        if self._bits % 8 and int(code[0, -1]) >> self._bits % 8:
            raise RefusedError(422, f"code: bits after the first {self._bits} must be 0")
        return code

    def _named(self, hits: Hits, find: Modality) -> list[Hit]:
        index = self._indexes[find]
        found = []
        for place, row in enumerate(hits.rows[0].tolist()):
            if row < 0:
                continue
            name = hits.ids[0][place]
            found.append(
                Hit(
                    row=row,
                    distance=int(hits.distances[0, place]),
                    score=None if hits.scores is None else float(hits.scores[0, place]),
                    code=index.codes[row].tobytes().hex(),
                    communities=self._shown.communities(name, text=find == "text"),
                    **self._known(name, row, find),
                )
            )
        return found


def _one_length(run: SavedRun, indexes: Mapping[Modality, Index]) -> int:
    """Bits of all indexes, which must come from this run."""
    for index in indexes.values():
        if index.model is not None and index.model != run.digest:
            raise ConfigError(
                f"the index holds codes of another model ({index.model:.12}...) than the run ({run.digest:.12}...); build it anew"
            )
    lengths = {index.bits for index in indexes.values()}
    if len(lengths) != 1:
        raise ConfigError(f"the service needs indexes of one code length, got {sorted(lengths) or 'none'}")
    return lengths.pop()
