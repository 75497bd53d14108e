"""Compile the contacts into the plan of one strategy, and check it.

A strategy that cannot be planned gets an empty plan and a verdict with the reason.
"""

from dataclasses import replace
from datetime import datetime

import _job
from fedorbit.base.errors import Infeasible, TooShort
from fedorbit.base.files import read_table, write_json
from fedorbit.data.homes import Homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import read_masked_sites, read_sites
from fedorbit.plans.check import check_plan
from fedorbit.plans.crossings import Crossings
from fedorbit.plans.isls import Isls
from fedorbit.plans.needed import needed
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.readings.starvation import starvation, starved
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.sky import Sky
from fedorbit.plans.splitting import Splitting
from fedorbit.plans.strategy import find_strategy

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
of_study, isls = SceneSettings(**params.scene), None
strategy = find_strategy(snakemake.wildcards.strategy)
settings = strategy.settings(**params.settings)
budget = strategy.needs(settings).isls
if budget is not None:
    isls = Isls(read_table(paths.isls), getattr(of_study.links, f"isl_{budget}"))
crossings = None
if paths.crossings:
    tables = read_table(paths.crossings), read_table(paths.crossing_ranges)
    crossings = Crossings(*tables, of_study.links.isl_radio)
homes = Homes.read(paths.homes)
scene = Scene.of(
    read_table(paths.contacts),
    homes,
    list(read_sites(paths.stations)["name"]) if paths.stations else [],
    of_study,
    isls=isls,
    crossings=crossings,
    scmr=Solution.read(paths.scmr) if paths.scmr else None,
    law=Solution.read(paths.law) if paths.law else None,
    experts=Splitting.read(paths.experts, homes.names) if paths.experts else None,
    sunlight=read_table(paths.sunlight) if paths.sunlight else None,
)


def plan_within(hours: float) -> Plan:
    """Return the plan if the scenario took so many hours."""
    scenario = params.sky["scenario"]
    places = [
        (path, scenario[kind]["min_elevation_deg"])
        for kind, path in (("regions", paths.regions), ("stations", paths.all_stations))
        if path
    ]
    contacts = find_contacts(
        read_constellation(paths.constellation),
        read_masked_sites(places),
        datetime.fromisoformat(scenario["start"]),
        hours,
    )
    longer = replace(scene, sky=Sky(contacts), horizon_s=3600 * hours)
    return strategy.plan(longer, settings)


reason = ""
try:
    plan = strategy.plan(scene, settings)
except Infeasible as error:
    plan, reason = PlanBuilder().build(), str(error)
    # Links between satellites are known for the scenario alone.
    if isinstance(error, TooShort) and isls is None:
        reason += needed(plan_within, of_study.hours, scene.homes)
check_plan(plan, scene)
plan.write(snakemake.output.ops, snakemake.output.ledger)
write_json({"feasible": not reason, "reason": reason}, snakemake.output.verdict)
if reason:
    _job.say(f"{snakemake.wildcards.strategy} is infeasible. {reason}")
print(f"{len(plan.ops)} operations and {len(plan.ledger)} transfers")
print(starved(starvation(plan.ops, scene.homes, scene.horizon_s)))
