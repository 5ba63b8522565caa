"""What is asked: the bodies of requests, checked for their form."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Modality = Literal["image", "text"]
Id = str | int
# A list ends at its first fault: a million faults would take a minute to be written down.
Row = Annotated[list[float], Field(fail_fast=True, min_length=1)]
Words = Annotated[str, Field(min_length=1)]
Base64 = Annotated[str, Field(min_length=1, description="A picture file (BMP, GIF, JPEG, PNG or WebP) in base64.")]
Hex = Annotated[
    str, Field(min_length=2, pattern="^([0-9a-f][0-9a-f])+$", description="A code as this service writes it.")
]
_FORM = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_KINDS = {"text": "string", "picture": "string", "code": "string", "row": "integer"}


def _described(example: dict[str, Any], *names: str) -> dict[str, Any]:
    """What the description of a body says beside its fields: an example, and that exactly one of `names` is given."""
    choices = [{"required": [name], "properties": {name: {"type": _KINDS.get(name, "array")}}} for name in names]
    return {"examples": [example], "oneOf": choices}


class _Question(BaseModel):
    """A body that has no more fields than any question."""

    model_config = _FORM

    @model_validator(mode="before")
    @classmethod
    def _few(cls, body: Any) -> Any:
        if isinstance(body, dict) and len(body) > len(cls.model_fields):
            unknown = next(name for name in body if name not in cls.model_fields)
            raise ValueError(f"there is no field {unknown[:40]!r}")
        return body


class EncodeQuestion(_Question):
    """Items of one kind to encode."""

    model_config = ConfigDict(
        **_FORM,
        json_schema_extra=_described({"texts": ["a red wedge", "two blue rings"]}, "texts", "pictures", "features"),
    )

    texts: Annotated[list[Words], Field(fail_fast=True, min_length=1)] | None = None
    pictures: Annotated[list[Base64], Field(fail_fast=True, min_length=1)] | None = None
    features: (
        Annotated[
            list[Row],
            Field(fail_fast=True, min_length=1, description="Rows of features, as the run's data set has them."),
        ]
        | None
    ) = None
    modality: Annotated[Modality | None, Field(description="Of `features`, and only with them.")] = None

    @model_validator(mode="after")
    def _one(self) -> EncodeQuestion:
        _exactly_one(self, ("texts", "pictures", "features"))
        _with_modality(self, ("features",), required=True)
        return self


class SearchQuestion(_Question):
    """One query and how to answer it."""

    model_config = ConfigDict(
        **_FORM,
        json_schema_extra=_described({"text": "a red wedge", "k": 5}, "text", "picture", "features", "row", "code"),
    )

    text: Words | None = None
    picture: Base64 | None = None
    features: Row | None = None
    row: Annotated[int | None, Field(ge=0, description="Row of the index: what resembles an item that was found?")] = (
        None
    )
    code: Hex | None = None
    modality: Annotated[
        Modality | None,
        Field(description="Of `features`, where it is needed, and of the code of `row`; `find` by default."),
    ] = None
    find: Annotated[Modality, Field(description="Which codes of the items are searched.")] = "image"
    k: Annotated[int, Field(ge=1, description="Neighbours.")] = 10
    radius: Annotated[int | None, Field(ge=0, description="Greatest distance in bits.")] = None
    within: (
        Annotated[list[Id], Field(fail_fast=True, min_length=1, description="Ids that the search is restricted to.")]
        | None
    ) = None
    rescore: Annotated[
        int | None, Field(ge=1, description="So many nearest are ordered anew by the query's real-valued outputs.")
    ] = None

    @model_validator(mode="after")
    def _one(self) -> SearchQuestion:
        _exactly_one(self, ("text", "picture", "features", "row", "code"))
        _with_modality(self, ("features", "row"), required=False)
        if self.features is not None and self.modality is None:
            raise ValueError("features need a modality, image or text")
        return self


def _exactly_one(question: BaseModel, names: tuple[str, ...]) -> None:
    given = [name for name in names if getattr(question, name) is not None]
    if len(given) != 1:
        raise ValueError(
            f"give exactly one of {', '.join(names)}; there {'are ' + ' and '.join(given) if given else 'is none'}"
        )


def _with_modality(question: Any, names: tuple[str, ...], *, required: bool) -> None:
    given = any(getattr(question, name) is not None for name in names)
    if question.modality is not None and not given:
        raise ValueError(f"modality belongs to {' and '.join(names)}; texts and pictures are what they are")
    if required and given and question.modality is None:
        raise ValueError("features need a modality, image or text")
