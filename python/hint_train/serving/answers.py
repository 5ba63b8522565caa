"""What is answered."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hint_train.serving.questions import Id, Modality


class Refusal(BaseModel):
    """A request that was not answered."""

    error: str = Field(description="One sentence: what is wrong, where, what to do.")
    status: int
    request_id: str


class Encoded(BaseModel):
    """Codes of what was sent, in its order."""

    codes: list[str] = Field(
        description="Bytes in hexadecimal; bit j is bit j mod 8 of byte j // 8, least significant first."
    )
    bits: int
    modality: Modality
    model: str = Field(description="Digest of the model; codes of another one do not compare.")


class Community(BaseModel):
    """A node of the tree above an item."""

    level: int = Field(description="1 is the coarsest.")
    number: int
    size: int = Field(description="Leaves of the tree in it.")
    of: int = Field(description="Number of communities at that level.")


class Hit(BaseModel):
    """One neighbour."""

    row: int = Field(description="Of the index; the query `row` takes it.")
    id: Id
    distance: int = Field(description="Bits in which the codes differ.")
    score: float | None = Field(description="Of the second stage, where `rescore` was asked for; larger is nearer.")
    code: str
    caption: str | None
    picture: str | None = Field(description="Where its picture is served, if it has one.")
    communities: list[Community] | None = Field(
        description="Where it stands in the tree, coarsest first; null where it is no training pair, or the run has no tree."
    )


class Found(BaseModel):
    """Neighbours of a query, nearest first; equally near ones in the order in which they were added."""

    hits: list[Hit]
    code: str = Field(description="Of the query.")
    bits: int
    modality: Modality | None = Field(description="Of the query; null where only a code was sent.")
    find: Modality
    unknown_words: list[str] = Field(description="Of a text: those that the run does not know, and left aside.")


class Health(BaseModel):
    """The service is up."""

    status: str = "ok"


class Example(BaseModel):
    """An item to begin with."""

    row: int
    id: Id
    caption: str | None
    picture: str | None


class About(BaseModel):
    """What the service holds and takes."""

    method: str
    model: str
    bits: int
    items: dict[Modality, int] = Field(description="Codes that can be searched, by modality.")
    asks: list[Modality] = Field(description="What raw items it encodes: texts, pictures.")
    pictures: int = Field(description="Items whose picture it can show.")
    training_pairs: int | None = Field(description="Pairs in the tree; null where the run has none.")
    examples: list[Example] = Field(description="Some items of the first index.")
    limits: dict[str, float]
