import pandas as pd
from card import verdicts


def test_a_value_without_an_interval_stands_alone(tmp_path):
    columns = ["claim", "statement", "value", "value_low", "value_high", "verdict"]
    rows = [
        ("A", "has an interval", 0.5, 0.4, 0.6, "reproduced"),
        ("B", "is exact", 0.25, 0.25, 0.25, "holds by derivation"),
        ("C", "has none", 0.125, None, None, "undecided"),
        ("D", "has no value", None, None, None, "not testable here"),
    ]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "claims.csv", index=False)
    assert verdicts(tmp_path) == [
        "| A | has an interval | 0.5 (0.4 to 0.6) | reproduced |",
        "| B | is exact | 0.25 | holds by derivation |",
        "| C | has none | 0.125 | undecided |",
        "| D | has no value | | not testable here |",
    ]
