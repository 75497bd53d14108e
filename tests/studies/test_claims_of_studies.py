"""Claims and the sweeps that they are judged by belong together."""

import pytest

from fedorbit.report.claims.claims import load_claims
from fedorbit.report.claims.places import at_place
from fedorbit.studies.study import load_study

SWEEPS = {"sweep": ("where", "against", "before", "after")}
SWEEPS |= {"baseline_sweep": ("baseline_where",)}


@pytest.mark.parametrize("name", ["experts", "fedmeld", "finetune"])
def test_every_cell_that_a_claim_names_is_in_its_sweep(project, name):
    """What is not there would be called not testable, and nobody would notice."""
    study = load_study(project / "config", name, "quick")
    cells = study.expansion.cells
    places = [
        (getattr(claim.metric, key), getattr(claim.metric, where))
        for claim in load_claims(project / f"config/claims/{name}.yaml").claims.values()
        for key, wheres in SWEEPS.items()
        for where in wheres
        if getattr(claim.metric, key, None) and getattr(claim.metric, where, None)
    ]
    for sweep, place in places:
        assert len(at_place(cells[cells["sweep"] == sweep], place, sweep))
