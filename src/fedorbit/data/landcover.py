"""Tiles of land as a satellite with 13 spectral bands sees them, drawn by a seed.

A tile is one of ten classes, those of EuroSAT (Helber et al., IEEE JSTARS 12(7), 2019).
Classes share their materials, so that what tells them apart is how these lie, more
than how much there is; ``land.py`` says how. A tile's light, the season of each of its
materials (their reflectances and the slopes of these over wavelengths), haze and the
noise of each pixel are random.

Reflectances of materials are rounded after the usual shapes of their spectra; all
numbers here are assumed.
"""

import numpy as np
from numpy.typing import NDArray

from fedorbit.data.datasets import Dataset
from fedorbit.data.land import LAYOUTS, Canvas, beside
from fedorbit.data.landcover_settings import Landcover

# Centres of the bands of Sentinel-2 in nm, and reflectances of land's materials there.
WAVELENGTHS_NM = np.array(
    [443, 490, 560, 665, 705, 740, 783, 842, 865, 945, 1375, 1610, 2190]
)
SPECTRA = 0.01 * np.array(
    [
        [10, 12, 15, 19, 21, 23, 25, 26, 27, 20, 1, 32, 28],  # soil
        [4, 5, 9, 6, 13, 28, 33, 35, 36, 25, 1, 20, 10],  # grass
        [3, 4, 8, 4, 11, 32, 40, 43, 44, 31, 1, 18, 8],  # crop
        [3, 3, 5, 3, 7, 20, 25, 27, 28, 20, 1, 12, 5],  # tree
        [6, 5, 4, 3, 2, 2, 2, 2, 2, 1, 0, 1, 1],  # water
        [18, 20, 23, 25, 26, 27, 28, 29, 29, 24, 1, 30, 27],  # concrete
        [8, 8, 9, 10, 10, 11, 11, 12, 12, 10, 1, 14, 14],  # asphalt
        [8, 9, 12, 20, 23, 24, 25, 26, 27, 20, 1, 32, 30],  # roof
    ]
)

COUNTS = 400  # of a byte for a reflectance of 1; what is brighter than 0.64 is cut off
SEASON = 0.2  # standard deviation of the logarithm of a material's reflectance
SLOPE = 0.15  # of the same, from the first band to the last
LIGHT = 0.25  # of a tile's light
SHADE = 0.06  # of the light from place to place
HAZE = 0.05  # mean reflectance of haze at the shortest wavelength
HAZE_EXPONENT = 1.3  # haze falls with this power of the wavelength
SENSOR = 0.006  # standard deviation of a pixel's reflectance
TRAIN, TEST = range(2)  # streams of the seed, independent of one another
CHUNK = 500  # tiles drawn at once, to bound the memory

CLASSES = tuple(LAYOUTS)


def draw_landcover(settings: Landcover) -> Dataset:
    """Return tiles as bytes of shape (samples, 13, size_px, size_px).

    Sample i is of class i modulo 10. More samples of a part leave those before them
    as they are, in whole chunks, and the other part as it is.
    """

    def draw(samples: int, stream: int) -> tuple[NDArray, NDArray]:
        y = np.arange(samples) % len(CLASSES)
        chunks = [
            _draw_tiles(
                y[first : first + CHUNK],
                settings.size_px,
                np.random.default_rng([settings.seed, stream, first]),
            )
            for first in range(0, samples, CHUNK)
        ]
        return np.concatenate(chunks), y

    train_x, train_y = draw(settings.train_samples, TRAIN)
    test_x, test_y = draw(settings.test_samples, TEST)
    return Dataset(train_x, train_y, test_x, test_y)


def _draw_tiles(y: NDArray, size: int, rng: np.random.Generator) -> NDArray:
    """Return the tiles of some labels, see ``draw_landcover``."""
    shares = np.empty((len(y), size, size, len(SPECTRA)))
    for label, name in enumerate(CLASSES):
        own = y == label
        if own.any():
            canvas = Canvas(int(own.sum()), size, rng)
            shares[own] = beside(canvas, LAYOUTS[name](canvas))
    return _seen(shares, rng)


def _seen(shares: NDArray, rng: np.random.Generator) -> NDArray:
    """Return the bytes that a sensor makes of shares of materials.

    Shares have the shape (n, size, size, materials).
    """
    n, size = shares.shape[:2]
    canvas = Canvas(n, size, rng)
    tilt = np.linspace(-0.5, 0.5, len(WAVELENGTHS_NM))
    season = SEASON * rng.standard_normal((n, len(SPECTRA), 1))
    season = season + SLOPE * rng.standard_normal((n, len(SPECTRA), 1)) * tilt
    spectra = SPECTRA * np.exp(season)
    ground = shares.reshape(n, size * size, -1) @ spectra
    shade = SHADE * canvas.smooth(2.0) + LIGHT * rng.standard_normal((n, 1, 1))
    haze = HAZE * rng.exponential(size=(n, 1, 1))
    haze = haze * (WAVELENGTHS_NM[0] / WAVELENGTHS_NM) ** HAZE_EXPONENT
    seen = ground * np.exp(shade).reshape(n, -1, 1) + haze
    seen += SENSOR * rng.standard_normal(seen.shape)
    counts = np.clip(np.rint(COUNTS * seen), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(counts.swapaxes(1, 2)).reshape(n, -1, size, size)
