"""Every picture is drawn without a display, and closed."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def without_a_display():
    with mpl.rc_context():
        mpl.use("agg")
        yield
        plt.close("all")
