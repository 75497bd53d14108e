from dataclasses import replace

import pytest
from tests.learn.tasks import changed
from tests.learn.test_law import WORLD, work
from tests.plans.scenes import scene

from fedorbit.base.errors import RunError
from fedorbit.learn.law.forecast import (
    exchanges_to_accuracy,
    forecast_of,
    measure_pilot,
    told,
)
from fedorbit.learn.law.pilot import measure_curves
from fedorbit.learn.run.engine import run_plan
from fedorbit.plans.law.pilot_plans import law_pilot_ops
from fedorbit.plans.moves.topology import upstreams
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

TASKS = [work(), work(seed=1)]
ABOVE = upstreams("AB", "ring")


@pytest.fixture(scope="module")
def pilot():
    return measure_pilot(WORLD, TASKS, 2, 10, 8, 0.6, "cpu")


def test_regions_part_where_the_average_is_at_the_target(pilot):
    assert len(pilot.accuracy) == len(pilot.curves.mean_loss) == 11
    assert 0 < pilot.exchanges < 10
    assert pilot.accuracy[pilot.exchanges] >= 0.6
    assert max(pilot.accuracy[: pilot.exchanges]) < 0.6
    assert pilot.target_loss == pilot.curves.mean_loss[pilot.exchanges]
    parting = 2 * pilot.exchanges
    alone = measure_curves(law_pilot_ops(WORLD, 2, parting, 8), TASKS, parting)
    assert pilot.curves.gap == alone.gap and pilot.curves.gap[-1] > 0


def test_averages_take_as_long_as_those_of_the_pilot_and_fedmeld_longer(pilot):
    own = forecast_of("hfl", pilot, ABOVE, 2)
    assert own.exchanges == pilot.exchanges and own.mixing_ratio is None
    meld = forecast_of("fedmeld", pilot, ABOVE, 2)
    assert meld.exchanges is None or meld.exchanges >= own.exchanges
    values = told(pilot, {"hfl": own, "fedmeld": meld})
    assert values["forecasts"]["hfl"]["exchanges"] == pilot.exchanges


def test_a_target_that_the_pilot_never_has_is_told():
    with pytest.raises(RunError, match=r"below target_accuracy 1\.5"):
        measure_pilot(WORLD, TASKS[:1], 2, 2, 2, 1.5, "cpu")


def test_exchanges_are_counted_until_the_mean_of_regions_has_the_accuracy():
    """Held against the record of the whole plan; one that mixes every other round."""
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.3)
    passes = [("S", site, 0, 2000) for site in "AB"]
    ops = plan_fedmeld(scene(passes, "AB", horizon_s=1500.0), meld).ops
    slow = replace(work(), training=changed(batch_size=8, learning_rate=0.02))
    record = run_plan(ops, slow)
    seen = record[record["group"] == "region"].groupby("round")["accuracy"].mean()
    after = seen[[number for number in seen.index if number and number % 2 == 0]]
    rising = [n for n, best in enumerate(after.cummax()) if after.iloc[n] == best]
    assert len(after) > 2 and len(rising) > 1
    for n in rising:
        expected = int((after >= after.iloc[n]).to_numpy().argmax()) + 1
        most = len(after)
        found = exchanges_to_accuracy(ops, [slow], after.iloc[n], most, "cpu")
        assert found == expected <= n + 1
    assert exchanges_to_accuracy(ops, [slow], after.max() + 0.01, 9, "cpu") is None
    late = exchanges_to_accuracy(ops, [slow], after.max(), 1, "cpu")
    assert late == (1 if after.iloc[0] == after.max() else None)
