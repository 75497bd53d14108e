"""How materials lie on tiles of land, by class.

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
are others. Other land lies beyond a border that cuts off up to half of a tile. Maps of
n tiles have the shape (n, size, size), and shares of materials one more dimension. All
numbers are assumed.
"""

import numpy as np
from numpy.typing import NDArray

MATERIALS = np.eye(8)
SOIL, GRASS, CROP, TREE, WATER, CONCRETE, ASPHALT, ROOF = MATERIALS
BORDER = (0.1, 0.7)  # of a tile's width from its middle to where other land begins


class Canvas:
    """Random maps of n tiles, shape (n, size, size)."""

    def __init__(self, n: int, size: int, rng: np.random.Generator) -> None:
        self.n, self.size, self.rng = n, size, rng

    def each(self, low: float, high: float) -> NDArray:
        """Return a uniform number for each tile, shape (n, 1, 1)."""
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


def beside(canvas: Canvas, tile: NDArray) -> NDArray:
    """Return tiles of which a border cuts off up to half: there is other land."""
    _, across = canvas.axes()
    other = across > canvas.each(*BORDER) * canvas.size
    land = _blend(canvas.each(0, 1), _plants(canvas), _mixed(canvas, *MATERIALS))
    return _blend(1.0 * other, land, tile)


def _mixed(canvas: Canvas, *materials: NDArray) -> NDArray:
    """Return a random mixture of some materials for each tile, (n, 1, 1, materials)."""
    weights = canvas.rng.dirichlet(np.ones(len(materials)), (canvas.n, 1, 1))
    return weights @ np.stack(materials)


def _plants(canvas: Canvas) -> NDArray:
    return _mixed(canvas, GRASS, CROP, TREE)


def _bare(canvas: Canvas) -> NDArray:
    return _mixed(canvas, SOIL, SOIL, GRASS, CONCRETE)


def _built(canvas: Canvas) -> NDArray:
    return _mixed(canvas, CONCRETE, ASPHALT, ROOF, SOIL)


def _annual_crop(canvas: Canvas) -> NDArray:
    along, across = canvas.axes()
    wide, narrow = canvas.each(10, 24), canvas.each(7, 16)
    cells = canvas.cells(along / wide + canvas.each(0, 9), across / narrow)
    green = canvas.each(0.2, 0.9) + canvas.each(0.3, 1.2) * (cells - 0.5)
    return _blend(green + 0.1 * canvas.smooth(1.0), _plants(canvas), _bare(canvas))


def _forest(canvas: Canvas) -> NDArray:
    crowns = canvas.each(0.4, 1.0) + canvas.each(0.2, 0.5) * canvas.smooth(0.7)
    glades = canvas.smooth(4.0) > canvas.each(0.5, 2.5)
    under = _blend(1.0 * glades, _bare(canvas), 0.4 * TREE)
    return _blend(crowns * ~glades, _mixed(canvas, TREE, TREE, GRASS), under)


def _herbaceous(canvas: Canvas) -> NDArray:
    green = canvas.each(0.2, 0.9) + canvas.each(0.1, 0.4) * canvas.smooth(2.5)
    return _blend(green, _plants(canvas), _bare(canvas))


def _pasture(canvas: Canvas) -> NDArray:
    green = canvas.each(0.2, 0.9) + canvas.each(0.0, 0.3) * canvas.smooth(6.0)
    trees = canvas.smooth(0.9) > canvas.each(1.6, 2.6)
    return _blend(0.9 * trees, TREE, _blend(green, _plants(canvas), _bare(canvas)))


def _permanent_crop(canvas: Canvas) -> NDArray:
    along, _ = canvas.axes()
    rows = np.cos(2 * np.pi * (along / canvas.each(3, 5) + canvas.each(0, 1)))
    green = canvas.each(0.2, 0.9) + canvas.each(0.15, 0.5) * rows
    return _blend(green + 0.1 * canvas.smooth(1.0), _plants(canvas), _bare(canvas))


def _country(canvas: Canvas) -> NDArray:
    """Return what roads and rivers lead through: one of four other classes."""
    kinds = (_annual_crop, _herbaceous, _pasture, _forest)
    which = canvas.rng.integers(len(kinds), size=canvas.n)
    drawn = np.stack([kind(canvas) for kind in kinds])
    return drawn[which, np.arange(canvas.n)]


def _highway(canvas: Canvas) -> NDArray:
    _, across = canvas.axes()
    road = _inside(across - canvas.each(-8, 8), canvas.each(1.8, 3.4))
    return _blend(road, _built(canvas), _country(canvas))


def _river(canvas: Canvas) -> NDArray:
    along, across = canvas.axes()
    bends = along / canvas.each(3.0, 7.0) + canvas.each(0, 2 * np.pi)
    middle = canvas.each(-7, 7) + canvas.each(1.0, 4.0) * np.sin(bends)
    band = _inside(across - middle, canvas.each(2.0, 6.0))
    water = _blend(canvas.each(0, 0.5), _bare(canvas), WATER)  # shallow or full of silt
    return _blend(band, water, _country(canvas))


def _industrial(canvas: Canvas) -> NDArray:
    along, across = canvas.axes()
    along = along / canvas.each(9, 16) + canvas.each(0, 9)
    across = across / canvas.each(8, 14) + canvas.each(0, 9)
    gap = canvas.each(0.1, 0.3)
    hall = (along % 1 > gap) & (across % 1 > gap)
    kinds = canvas.cells(along, across)
    halls = _blend(1.0 * (kinds < canvas.each(0, 0.6)), _built(canvas), _built(canvas))
    ground = _blend(canvas.each(0, 0.9), _plants(canvas), _built(canvas))
    return _blend(hall * (kinds < canvas.each(0.4, 0.9)), halls, ground)


def _residential(canvas: Canvas) -> NDArray:
    along, across = canvas.axes()
    along = along / canvas.each(4.0, 6.0) + canvas.each(0, 9)
    across = across / canvas.each(4.0, 6.0) + canvas.each(0, 9)
    house = (along % 1 < 0.55) & (across % 1 < 0.55)
    kinds = canvas.cells(along, across)
    houses = _blend(1.0 * (kinds < canvas.each(0, 0.6)), _built(canvas), _built(canvas))
    gardens = _blend(canvas.each(0.2, 0.9), _plants(canvas), _built(canvas))
    return _blend(house * (kinds < canvas.each(0.6, 1.0)), houses, gardens)


def _sea_lake(canvas: Canvas) -> NDArray:
    shore = canvas.smooth(6.0) > canvas.each(-0.2, 2.0)
    silt = canvas.each(0, 0.5) + 0.05 * canvas.smooth(3.0)
    return _blend(1.0 * shore, _country(canvas), _blend(silt, _bare(canvas), WATER))


LAYOUTS = {
    "annual_crop": _annual_crop,
    "forest": _forest,
    "herbaceous": _herbaceous,
    "highway": _highway,
    "industrial": _industrial,
    "pasture": _pasture,
    "permanent_crop": _permanent_crop,
    "residential": _residential,
    "river": _river,
    "sea_lake": _sea_lake,
}
