"""Places on the ground: regions where clients are, and ground stations."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fedorbit.base.errors import InputError

LIMITS = {
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 180.0),
    "altitude_m": (-500.0, 9000.0),
}


def read_sites(path: str | Path) -> pd.DataFrame:
    """Return the sites of a CSV file.

    The file has the columns ``name, latitude_deg, longitude_deg, altitude_m``
    (geodetic, WGS-84). Raises ``InputError`` for a missing file or column, a name
    that occurs twice, or a coordinate out of range.
    """
    columns = ["name", *LIMITS]
    try:
        sites = pd.read_csv(path, dtype={"name": str}, skipinitialspace=True)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file of sites; add it.") from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as bad:
        raise InputError(
            f"{path}: not a CSV table ({str(bad).strip()}); mend it."
        ) from None
    if not isinstance(sites.index, pd.RangeIndex):
        raise InputError(
            f"{path}: rows have more values than the {len(sites.columns)} columns; "
            "remove the surplus or quote names with commas."
        )
    if list(sites.columns) != columns:
        raise InputError(
            f"{path}: the columns are {', '.join(sites.columns)}; "
            f"they must be {', '.join(columns)}."
        )
    if sites.empty:
        raise InputError(f"{path}: lists no sites; add at least one.")
    if sites["name"].isna().any():
        raise InputError(f"{path}: a site has no name; name it.")
    repeated = sites["name"][sites["name"].duplicated()]
    if len(repeated):
        raise InputError(
            f"{path}: the name {repeated.iloc[0]!r} occurs twice; rename one."
        )
    for column, (low, high) in LIMITS.items():
        numbers = pd.to_numeric(sites[column], errors="coerce")
        bad = ~numbers.between(low, high)
        if bad.any():
            row = sites[bad].iloc[0]
            raise InputError(
                f"{path}: {column} of {row['name']} is {row[column]}; "
                f"it must be a number from {low:g} to {high:g}."
            )
        sites[column] = numbers.astype(float)
    return sites


def read_masked_sites(files: Sequence[tuple[str | Path, float]]) -> pd.DataFrame:
    """Return the sites of several files, as pairs of path and elevation mask.

    Adds the columns ``min_elevation_deg`` and ``file``; without files there are no
    rows. Raises ``InputError`` as ``read_sites`` does, and if two files name the same
    site.
    """
    if not files:
        return pd.DataFrame(columns=["name", *LIMITS, "min_elevation_deg", "file"])
    sites = pd.concat(
        [
            read_sites(path).assign(min_elevation_deg=mask_deg, file=str(path))
            for path, mask_deg in files
        ],
        ignore_index=True,
    )
    repeated = sites["name"][sites["name"].duplicated()]
    if len(repeated):
        both = " and ".join(str(path) for path, _ in files)
        raise InputError(
            f"{both}: the name {repeated.iloc[0]!r} occurs in both; rename one."
        )
    return sites


def require_contacts(contacts: pd.DataFrame, sites: pd.DataFrame, hours: float) -> None:
    """Raise ``InputError`` unless some satellite passes over each of the sites."""
    for site in sites[~sites["name"].isin(contacts["site"])].itertuples():
        raise InputError(
            f"{site.file}: {site.name}, latitude {site.latitude_deg:g}, sees no "
            f"satellite above {site.min_elevation_deg:g} degrees in {hours:g} h; lower "
            "the mask, move the site or choose orbits of higher inclination."
        )
