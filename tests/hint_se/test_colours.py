"""Colours: as many as are asked for, told apart by eye. colorspacious measures; it shares no code with what it measures."""

import numpy as np
import pytest
from colorspacious import cspace_convert
from matplotlib.colors import to_rgb

from hint_se.colours import PALETTE, distinct, ink, mixed, tinted


def nearest(colours):
    """Return the least distance of two colours in CAM02-UCS (Luo, Cui and Li 2006), where 1 is just seen."""
    places = cspace_convert(np.clip(colours, 0, 1), "sRGB1", "CAM02-UCS")
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    return apart[np.triu_indices(len(colours), 1)].min()


@pytest.mark.parametrize("count", range(2, 31))
def test_up_to_thirty_colours_are_told_apart(count):
    colours = distinct(count)
    assert colours.shape == (count, 3)
    assert colours.min() >= 0
    assert colours.max() <= 1
    assert nearest(colours) >= 13


@pytest.mark.parametrize("count", [31, 76, 500])
def test_more_colours_differ_on_a_screen(count):
    assert len({tuple(colour) for colour in np.rint(255 * distinct(count)).astype(int)}) == count


@pytest.mark.parametrize("kind", ["protanomaly", "deuteranomaly", "tritanomaly"])
def test_up_to_seven_are_told_apart_without_one_kind_of_cone(kind):
    assert distinct(7).tolist() == [list(to_rgb(name)) for name in PALETTE]
    seen = cspace_convert(distinct(7), {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}, "sRGB1")
    assert nearest(seen) >= 10


@pytest.mark.parametrize("count", [8, 30, 100])
def test_neighbours_are_alike_in_hue_and_differ_in_lightness(count):
    light, _, hue = cspace_convert(distinct(count), "sRGB1", "JCh").T
    turn = np.abs((np.diff(hue) + 180) % 360 - 180)
    assert turn.max() < 4 * 360 / count + 15
    assert np.abs(np.diff(light)).min() > 10


def test_mixtures():
    colours = np.array([[0.0, 0, 0], [1, 1, 1], [0.2, 0.4, 0.9]])
    found = mixed(colours, np.array([1, 1, 5]), np.array([0, 2, 0]), np.array([2, 3, 1]))
    # Half of the lightness of OKLab is an eighth of the light.
    grey = 1.055 * 0.125 ** (1 / 2.4) - 0.055
    assert found == pytest.approx(np.array([[grey] * 3, [0.2, 0.4, 0.9], [0, 0, 0]]), abs=1e-6)


def test_tints_and_ink():
    assert tinted(np.array([[0.2, 0.4, 0.6]]), 0.5) == pytest.approx(np.array([[0.6, 0.7, 0.8]]))
    assert tinted(np.array([[0.2, 0.4, 0.6]]), -0.5) == pytest.approx(np.array([[0.1, 0.2, 0.3]]))
    assert [ink(to_rgb(name)) for name in ("#000000", "#0072B2", "#F0E442", "#FFFFFF")] == [
        "white",
        "white",
        "black",
        "black",
    ]
