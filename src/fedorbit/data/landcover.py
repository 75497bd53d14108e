"""Tiles of land as a satellite with 13 spectral bands sees them, drawn by a seed.

A tile is one of ten classes, those of EuroSAT (Helber et al., IEEE JSTARS 12(7), 2019).
Classes share their materials, and tiles of a class differ in season, light and haze,
so that what tells them apart is how materials lie, more than how much there is:

* ``annual_crop``: parcels with straight borders, each bare or green to some degree
* ``forest``: crowns with light and shade from pixel to pixel, and glades
* ``herbaceous``: plants that grow thin in patches of some pixels
* ``highway``: fields, plants or forest with a straight road two or three pixels wide
* ``industrial``: halls of about ten pixels on paved or green ground
* ``pasture``: plants that thin out slowly, with single trees
* ``permanent_crop``: rows of plants on bare ground, three to five pixels apart
* ``residential``: houses of two or three pixels in rows between gardens
* ``river``: fields, plants or forest with a winding band of water
* ``sea_lake``: water, more or less full of silt, and mostly a shore

Plants are a random mixture of grass, crop and trees in each tile, bare and built ground
are others. Other land lies beyond a border that cuts off up to half of a tile. A tile's
light, the season of each of its materials (their reflectances and the slopes of these
over wavelengths), haze and the noise of each pixel are random, too.

Reflectances of materials are rounded after the usual shapes of their spectra; all
numbers here are assumed.
"""

import numpy as np
from numpy.typing import NDArray

from fedorbit.data.datasets import Dataset
from fedorbit.data.settings import Landcover

CLASSES = (
    "annual_crop",
    "forest",
    "herbaceous",
    "highway",
    "industrial",
    "pasture",
    "permanent_crop",
    "residential",
    "river",
    "sea_lake",
)
# Centres of the bands of Sentinel-2 in nm, and reflectances of materials there.
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
ALL = np.eye(len(SPECTRA))
SOIL, GRASS, CROP, TREE, WATER, CONCRETE, ASPHALT, ROOF = ALL

COUNTS = 400  # of a byte for a reflectance of 1; what is brighter than 0.64 is cut off
BORDER = (0.1, 0.7)  # of a tile's width from its middle to where other land begins
SEASON = 0.2  # standard deviation of the logarithm of a material's reflectance
SLOPE = 0.15  # of the same, from the first band to the last
LIGHT = 0.25  # of a tile's light
SHADE = 0.06  # of the light from place to place
HAZE = 0.05  # mean reflectance of haze at the shortest wavelength
HAZE_EXPONENT = 1.3  # haze falls with this power of the wavelength
SENSOR = 0.006  # standard deviation of a pixel's reflectance
TRAIN, TEST = range(2)  # streams of the seed, independent of one another
CHUNK = 500  # tiles drawn at once, to bound the memory


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
            canvas = _Canvas(int(own.sum()), size, rng)
            shares[own] = _beside(canvas, LAYOUTS[name](canvas))
    return _seen(shares, rng)


def _seen(shares: NDArray, rng: np.random.Generator) -> NDArray:
    """Return the bytes that a sensor makes of shares of materials.

    Shares have the shape (n, size, size, materials).
    """
    n, size = shares.shape[:2]
    canvas = _Canvas(n, size, rng)
    tilt = np.linspace(-0.5, 0.5, len(WAVELENGTHS_NM))
    season = SEASON * rng.standard_normal((n, len(SPECTRA), 1))
    season = season + SLOPE * rng.standard_normal((n, len(SPECTRA), 1)) * tilt
    spectra = SPECTRA * np.exp(season)
    ground = shares.reshape(n, size * size, -1) @ spectra
    shade = np.exp(SHADE * canvas.smooth(2.0) + LIGHT * canvas.each(1, normal=True))
    haze = HAZE * rng.exponential(size=(n, 1, 1))
    haze = haze * (WAVELENGTHS_NM[0] / WAVELENGTHS_NM) ** HAZE_EXPONENT
    seen = ground * shade.reshape(n, -1, 1) + haze
    seen += SENSOR * rng.standard_normal(seen.shape)
    counts = np.clip(np.rint(COUNTS * seen), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(counts.swapaxes(1, 2)).reshape(n, -1, size, size)


class _Canvas:
    """Random maps of n tiles, shape (n, size, size)."""

    def __init__(self, n: int, size: int, rng: np.random.Generator) -> None:
        self.n, self.size, self.rng = n, size, rng

    def each(self, low: float, high: float = 0, normal: bool = False) -> NDArray:
        """Return one number a tile, uniform or normal, shape (n, 1, 1)."""
        if normal:
            return low * self.rng.standard_normal((self.n, 1, 1))
        return self.rng.uniform(low, high, (self.n, 1, 1))

    def axes(self) -> tuple[NDArray, NDArray]:
        """Return coordinates along and across a random direction, in pixels."""
        angle = self.each(0, np.pi)
        down, right = np.mgrid[: self.size, : self.size] - (self.size - 1) / 2
        cos, sin = np.cos(angle), np.sin(angle)
        return cos * right + sin * down, cos * down - sin * right

    def smooth(self, length_px: float) -> NDArray:
        """Return Gaussian noise with mean 0, variance 1 and a length of correlation."""
        noise = self.rng.standard_normal((self.n, self.size, self.size))
        down = np.fft.fftfreq(self.size)[:, None]
        right = np.fft.rfftfreq(self.size)
        kernel = np.exp(-2 * (np.pi * length_px) ** 2 * (down**2 + right**2))
        blurred = np.fft.irfft2(np.fft.rfft2(noise) * kernel, noise.shape[1:])
        whole = np.fft.fftfreq(self.size)
        power = np.exp(-4 * (np.pi * length_px) ** 2 * (down**2 + whole**2)).mean()
        return blurred / np.sqrt(power)

    def cells(self, along: NDArray, across: NDArray) -> NDArray:
        """Return a uniform number for each cell of whole coordinates."""
        values = self.rng.uniform(size=(self.n, 64, 64))
        which = [np.floor(axis).astype(int) % 64 for axis in (along, across)]
        return values[np.arange(self.n)[:, None, None], *which]


def _blend(share: NDArray, over: NDArray, under: NDArray) -> NDArray:
    """Return materials of which the first has a share (n, size, size) from 0 to 1."""
    share = np.clip(share, 0, 1)[..., None]
    return share * over + (1 - share) * under


def _inside(distance_px: NDArray, width_px: NDArray) -> NDArray:
    """Return how much of a pixel lies within half a width of a line."""
    return np.clip(width_px / 2 - np.abs(distance_px) + 0.5, 0, 1)


def _beside(canvas: _Canvas, tile: NDArray) -> NDArray:
    """Return tiles of which a border cuts off up to half: there is other land."""
    _, across = canvas.axes()
    other = across > canvas.each(*BORDER) * canvas.size
    land = _blend(canvas.each(0, 1), _plants(canvas), _mixed(canvas, *ALL))
    return _blend(1.0 * other, land, tile)


def _mixed(canvas: _Canvas, *materials: NDArray) -> NDArray:
    """Return a random mixture of some materials for each tile, (n, 1, 1, materials)."""
    weights = canvas.rng.dirichlet(np.ones(len(materials)), (canvas.n, 1, 1))
    return weights @ np.stack(materials)


def _plants(canvas: _Canvas) -> NDArray:
    return _mixed(canvas, GRASS, CROP, TREE)


def _bare(canvas: _Canvas) -> NDArray:
    return _mixed(canvas, SOIL, SOIL, GRASS, CONCRETE)


def _built(canvas: _Canvas) -> NDArray:
    return _mixed(canvas, CONCRETE, ASPHALT, ROOF, SOIL)


def _annual_crop(canvas: _Canvas) -> NDArray:
    along, across = canvas.axes()
    wide, narrow = canvas.each(10, 24), canvas.each(7, 16)
    cells = canvas.cells(along / wide + canvas.each(0, 9), across / narrow)
    green = canvas.each(0.2, 0.9) + canvas.each(0.3, 1.2) * (cells - 0.5)
    return _blend(green + 0.1 * canvas.smooth(1.0), _plants(canvas), _bare(canvas))


def _forest(canvas: _Canvas) -> NDArray:
    crowns = canvas.each(0.4, 1.0) + canvas.each(0.2, 0.5) * canvas.smooth(0.7)
    glades = canvas.smooth(4.0) > canvas.each(0.5, 2.5)
    under = _blend(1.0 * glades, _bare(canvas), 0.4 * TREE)
    return _blend(crowns * ~glades, _mixed(canvas, TREE, TREE, GRASS), under)


def _herbaceous(canvas: _Canvas) -> NDArray:
    green = canvas.each(0.2, 0.9) + canvas.each(0.1, 0.4) * canvas.smooth(2.5)
    return _blend(green, _plants(canvas), _bare(canvas))


def _pasture(canvas: _Canvas) -> NDArray:
    green = canvas.each(0.2, 0.9) + canvas.each(0.0, 0.3) * canvas.smooth(6.0)
    trees = canvas.smooth(0.9) > canvas.each(1.6, 2.6)
    return _blend(0.9 * trees, TREE, _blend(green, _plants(canvas), _bare(canvas)))


def _permanent_crop(canvas: _Canvas) -> NDArray:
    along, _ = canvas.axes()
    rows = np.cos(2 * np.pi * (along / canvas.each(3, 5) + canvas.each(0, 1)))
    green = canvas.each(0.2, 0.9) + canvas.each(0.15, 0.5) * rows
    return _blend(green + 0.1 * canvas.smooth(1.0), _plants(canvas), _bare(canvas))


def _country(canvas: _Canvas) -> NDArray:
    """Return what roads and rivers lead through: one of four other classes."""
    kinds = (_annual_crop, _herbaceous, _pasture, _forest)
    which = canvas.rng.integers(len(kinds), size=canvas.n)
    drawn = np.stack([kind(canvas) for kind in kinds])
    return drawn[which, np.arange(canvas.n)]


def _highway(canvas: _Canvas) -> NDArray:
    _, across = canvas.axes()
    road = _inside(across - canvas.each(-8, 8), canvas.each(1.8, 3.4))
    return _blend(road, _built(canvas), _country(canvas))


def _river(canvas: _Canvas) -> NDArray:
    along, across = canvas.axes()
    bends = along / canvas.each(3.0, 7.0) + canvas.each(0, 2 * np.pi)
    middle = canvas.each(-7, 7) + canvas.each(1.0, 4.0) * np.sin(bends)
    band = _inside(across - middle, canvas.each(2.0, 6.0))
    water = _blend(canvas.each(0, 0.5), _bare(canvas), WATER)  # shallow or full of silt
    return _blend(band, water, _country(canvas))


def _industrial(canvas: _Canvas) -> NDArray:
    along, across = canvas.axes()
    along = along / canvas.each(9, 16) + canvas.each(0, 9)
    across = across / canvas.each(8, 14) + canvas.each(0, 9)
    gap = canvas.each(0.1, 0.3)
    hall = (along % 1 > gap) & (across % 1 > gap)
    kinds = canvas.cells(along, across)
    halls = _blend(1.0 * (kinds < canvas.each(0, 0.6)), _built(canvas), _built(canvas))
    ground = _blend(canvas.each(0, 0.9), _plants(canvas), _built(canvas))
    return _blend(hall * (kinds < canvas.each(0.4, 0.9)), halls, ground)


def _residential(canvas: _Canvas) -> NDArray:
    along, across = canvas.axes()
    along = along / canvas.each(4.0, 6.0) + canvas.each(0, 9)
    across = across / canvas.each(4.0, 6.0) + canvas.each(0, 9)
    house = (along % 1 < 0.55) & (across % 1 < 0.55)
    kinds = canvas.cells(along, across)
    houses = _blend(1.0 * (kinds < canvas.each(0, 0.6)), _built(canvas), _built(canvas))
    gardens = _blend(canvas.each(0.2, 0.9), _plants(canvas), _built(canvas))
    return _blend(house * (kinds < canvas.each(0.6, 1.0)), houses, gardens)


def _sea_lake(canvas: _Canvas) -> NDArray:
    shore = canvas.smooth(6.0) > canvas.each(-0.2, 2.0)
    silt = canvas.each(0, 0.5) + 0.05 * canvas.smooth(3.0)
    return _blend(1.0 * shore, _country(canvas), _blend(silt, _bare(canvas), WATER))


LAYOUTS = {name: globals()[f"_{name}"] for name in CLASSES}
