"""Say where each client lives: in a region, or on a satellite of a plane."""

import _job
from fedorbit.base.errors import SettingsError
from fedorbit.data.homes import orbit_homes, region_homes
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.planes import find_planes, plane_members
from fedorbit.orbits.sites import read_sites

_job.start(snakemake)
given = snakemake.input
if given.satellites:
    element_sets = read_constellation(given.satellites)
    newest = max(one.epoch for one in element_sets)
    least = snakemake.params.values["clients"].get("least_per_plane", 1)
    found = plane_members(find_planes(element_sets, newest))
    planes = {name: own for name, own in found.items() if len(own) >= least}
    if not planes:
        raise SettingsError(
            f"none of the {len(element_sets)} satellites shares a plane with two "
            f"others, or with {least - 1}, so that clients have no groups; choose more "
            "in scenario.constellation, or lower clients.least_per_plane."
        )
    homes = orbit_homes(planes)
else:
    regions = list(read_sites(given.regions)["name"])
    homes = region_homes(regions, snakemake.params.values["clients"]["per_region"])
homes.write(snakemake.output.homes)
print(f"{len(homes)} clients in {len(homes.groups)} groups")
