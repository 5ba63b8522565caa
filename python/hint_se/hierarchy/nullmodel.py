"""What random graphs of the same degrees save: the measure of a saving. How they are drawn and built on is left to `trees`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NullModel"]

#: A saving so many standard deviations above those of random graphs is taken for structure.
STRUCTURE = 2.5


@dataclass(frozen=True, slots=True)
class NullModel:
    """What trees save on a graph and on random graphs of its degrees; see `Tree.null`. ``print`` says it in words.

    Parameters
    ----------
    saved : float
        Share of the one-dimensional entropy that a tree of effort "fast" saves on the graph itself, in [0, 1].
    mean, std : float
        The same on the random graphs, and its standard deviation between them.
    samples : tuple of float
        Of each random graph.
    z : float
        (saved - mean) / (std sqrt(1 + 1 / k)) for k samples, within 10^6 either way. Above 2.5 is structure.
    """

    saved: float
    mean: float
    std: float
    samples: tuple[float, ...]
    z: float

    @property
    def structure(self) -> bool:
        """Whether the graph saves more than its degrees explain: z is above 2.5."""
        return self.z > STRUCTURE

    def __repr__(self) -> str:
        figures = ", ".join(f"{name}={getattr(self, name):.3g}" for name in ("saved", "mean", "std", "z"))
        return f"NullModel({figures}, {len(self.samples)} samples)"

    def __str__(self) -> str:
        z = (
            f"z = {self.z:.1f}"
            if abs(self.z) < 1000
            else f"z {'>' if self.z > 0 else '<'} {'' if self.z > 0 else '-'}1,000"
        )
        verdict = "structure" if self.structure else "not told from chance"
        return (
            f"random graphs of the same degrees: {self.mean:.1%} ± {self.std:.1%}, this one {self.saved:.1%} (effort fast); "
            f"{z}, {verdict}"
        )
