import numpy as np
import pandas as pd

from fedorbit.data.datasets import Dataset, DomainDataset
from fedorbit.data.group_tests import parts_of_groups

X = np.zeros((12, 1), np.float32)
Y = np.zeros(12, np.int64)


def dataset(test_domain):
    tests = np.array(test_domain)
    return DomainDataset(
        *(X, Y, np.zeros((len(tests), 1), np.float32), np.zeros(len(tests), np.int64)),
        train_domain=np.repeat([0, 1], 6),
        test_domain=tests,
        held_out=np.array([0]),
        domains=np.array(["a", "b"]),
    )


def test_a_group_is_tested_on_its_own_mix_of_domains():
    """Paris holds 3 samples of a to 1 of b: of 6 tests of a there are 6 to 2 of b."""
    partition = pd.DataFrame(
        {
            "seed": 0,
            "sample": [1, 2, 3, 6, 7, 8],
            "client": [0, 0, 1, 1, 2, 2],
            "region": ["Paris"] * 4 + ["Quito"] * 2,
        }
    )
    parts = parts_of_groups(dataset([0, 1] * 6), partition)
    assert list(parts) == ["region/Paris", "region/Quito"]
    assert parts["region/Paris"].tolist() == [0, 2, 4, 6, 8, 10, 1, 7]
    assert parts["region/Quito"].tolist() == [1, 3, 5, 7, 9, 11]


def test_samples_without_domains_have_no_parts():
    partition = pd.DataFrame(columns=["seed", "sample", "client", "region"])
    assert parts_of_groups(Dataset(X, Y, X, Y), partition) == {}
