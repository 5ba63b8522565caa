"""What the service counts, in the form that Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ITEMS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Measures:
    """Counters of one application; another in the same process has its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "hint_requests",
            "Requests by route, method and status",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self.errors = Counter(
            "hint_errors", "Requests that ended in a fault of the service", ["route"], registry=self._registry
        )
        self.seconds = Histogram(
            "hint_request_seconds",
            "Seconds until the answer was sent",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge("hint_requests_in_flight", "Requests being answered", registry=self._registry)
        self.held = Gauge("hint_held_bytes", "Bytes of the bodies that are held", registry=self._registry)
        self.batch = Histogram(
            "hint_batch_items", "Items that were encoded in one call", buckets=_ITEMS, registry=self._registry
        )
        self.items = Gauge("hint_index_items", "Items of the index", ["modality"], registry=self._registry)

    def page(self) -> bytes:
        """All counters as text."""
        return generate_latest(self._registry)
