"""What holds for every test: what hypothesis draws does not change, and nothing is left behind."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")
