"""Put what gates leak at all settings into one table, and say where it is too much."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import Homes
from fedorbit.report.numbers.leakage import leakage_table

_job.start(snakemake)
given, tables = snakemake.input, []
for setting, path, homes in zip(
    snakemake.params.settings, given.experts, given.homes, strict=True
):
    table = leakage_table(read_table(path), Homes.read(homes).names)
    beyond = table.groupby("seed")["out_of_field"].first()
    if beyond.any():
        _job.say(
            f"{snakemake.wildcards.study}, {setting}: the gate leaks too much for "
            f"EMS-FL with {beyond.sum()} of {len(beyond)} seeds."
        )
    table.insert(0, "setting", setting)
    tables.append(table)
write_table(pd.concat(tables, ignore_index=True), snakemake.output.leakage)
