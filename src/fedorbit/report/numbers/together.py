"""One table of several studies."""

from collections.abc import Mapping

import pandas as pd


def together(metrics: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the metrics of several studies, with the name of the ``study`` first."""
    tables = [table.assign(study=name) for name, table in metrics.items()]
    joined = pd.concat(tables, ignore_index=True)
    return joined[["study", *joined.columns.drop("study")]]
