import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.learn.tasks import MLP, START_A, START_B, final_model, images, plan

from fedorbit.learn.run import engine
from fedorbit.learn.run.levels import levels


def test_levels_are_those_by_hand():
    ops = plan(
        START_A,  # 0: first, as the initial model is there
        START_B,  # 1: likewise
        ("train", "A", [0], 1),  # 2: after 0 wrote A
        ("mix", "kept", {"A": 1.0}),  # 3: after 2 wrote A
        ("train", "A", [0], 2),  # 4: after 3 read the A that it overwrites
        ("evaluate", "B"),  # 5: after 1 wrote B
        ("mix", "B", {"B": 0.5, "kept": 0.5}),  # 6: after 3 wrote kept and 5 read B
        ("evaluate", "A"),  # 7: after 4 wrote A
    )
    # Sorted by end, an evaluation ends at its second like the others.
    assert levels(ops) == [[0, 1], [2, 5], [3], [4, 6], [7]]


STEPS = st.one_of(
    st.tuples(st.just("train"), st.sampled_from("ABC")),
    st.tuples(st.just("evaluate"), st.sampled_from("ABC")),
    st.tuples(st.just("mix"), st.sampled_from("ABC"), st.sampled_from("ABC")),
)


@given(st.lists(STEPS, max_size=20))
def test_levels_keep_every_pair_of_dependent_operations_in_order(steps):
    rows = [("mix", slot, {"initial": 1.0}) for slot in "ABC"]
    for number, (kind, slot, *other) in enumerate(steps):
        if kind == "train":
            rows.append(("train", slot, [0], number))
        elif kind == "evaluate":
            rows.append(("evaluate", slot))
        else:
            rows.append(("mix", slot, {slot: 0.5, other[0]: 0.5}))
    ops = plan(*rows)
    level_of = {row: n for n, level in enumerate(levels(ops)) for row in level}
    assert sorted(level_of) == list(range(len(ops)))
    reads = [
        {op.target} if op.op == "evaluate" else set(op.sources)
        for op in ops.itertuples()
    ]
    writes = [set() if op.op == "evaluate" else {op.target} for op in ops.itertuples()]
    for late in range(len(ops)):
        for early in range(late):
            meets = reads[late] & writes[early] | writes[late] & (
                writes[early] | reads[early]
            )
            if meets:
                assert level_of[early] < level_of[late]


SCOPED = st.lists(st.tuples(STEPS, st.sampled_from(["all", "head"])), max_size=10)


@settings(max_examples=25)
@given(SCOPED)
def test_levels_learn_what_one_operation_after_the_other_does(steps):
    rows = [("mix", slot, {"initial": 1.0}) for slot in "ABC"]
    scopes = {}
    for number, ((kind, slot, *other), scope) in enumerate(steps, start=1):
        if kind == "train":
            rows.append(("train", slot, [0, number % 6], number))
        elif kind == "evaluate":
            rows.append(("evaluate", slot))
        else:
            # The target may be none of the sources, so that it keeps its own body.
            rows.append(("mix", slot, {other[0]: 1.0}))
        if kind != "evaluate":
            scopes[len(rows) - 1] = scope
    final = ("mix", "sum", {"A": 0.5, "B": 0.25, "C": 0.25})
    ops = plan(*rows, final, ("evaluate", "sum"), scopes=scopes)
    work = images(MLP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "check_learned", lambda *_: None)
        together = final_model(ops, work)
        patch.setattr(engine, "levels", lambda ops: [[row] for row in range(len(ops))])
        alone = final_model(ops, work)
    for name in alone:
        np.testing.assert_allclose(together[name], alone[name], rtol=0, atol=1e-5)


def test_a_mix_of_a_part_comes_after_what_wrote_the_targets_other_parts():
    ops = plan(
        START_A,  # 0
        START_B,  # 1
        ("train", "A", [0], 1),  # 2: after 0
        ("train", "A", [0], 2),  # 3: after 2
        ("mix", "A", {"B": 1.0}),  # 4: of the head, after 3 wrote all of A
        ("mix", "C", {"B": 1.0}),  # 5: of all, after 1
        ("mix", "C", {"A": 1.0}),  # 6: of the body, after 4 and 5
        ("evaluate", "C"),  # 7
        scopes={4: "head", 6: "body"},
    )
    assert levels(ops) == [[0, 1], [2, 5], [3], [4], [6], [7]]
