"""Posts of 20 newsgroups as numbers: which words they have, in few components.

A word weighs by how often it is in a post and how few posts have it (TF-IDF), and a
post is the largest components of its words' weights (latent semantic analysis). Both
are fitted on the held-out share alone, so that no device's text is needed for them.
"""

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import fetch_20newsgroups
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils import Bunch

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.data.datasets import Dataset, DomainDataset
from fedorbit.data.domain_settings import Newsgroups
from fedorbit.data.domains import held_out, with_domains
from fedorbit.data.given import find_given
from fedorbit.data.plain_pickle import read_plain

FILE = "20news-bydate_py3.pkz"
REMOVED = ("headers", "footers", "quotes")  # they name the newsgroup or its people
LEAST_POSTS, MOST_SHARE = 2, 0.5  # that a word must and may be in


def read_newsgroups(settings: Newsgroups) -> DomainDataset:
    """Return posts as float32 (posts, features), in the parts that are published.

    Classes are the newsgroups of the chosen hierarchies, sorted. Features are
    standardised over the held-out share. Raises ``SettingsError`` if there is no file
    or the settings do not suit it, and ``InputError`` if the file holds anything else.
    """
    folder = find_given("path", settings.path, _remedy())
    if not (folder / FILE).is_file():
        raise SettingsError(
            f"path is {settings.path!r}, but {folder} has no {FILE}; put {_remedy()} "
            "there."
        )
    _check_plain(folder / FILE)
    train, test = (_posts(folder, part, settings) for part in ("train", "test"))
    names = sorted(set(settings.domains))
    domains = [_domains_of(part, names) for part in (train, test)]
    own = held_out(domains[0], train.target, settings.held_out, settings.seed)
    x = _numbers(train.data, test.data, own, settings)
    labels = [part.target.astype(np.int64) for part in (train, test)]
    return with_domains(
        Dataset(x[0], labels[0], x[1], labels[1]),
        *domains,
        names,
        settings.held_out,
        settings.seed,
    )


def _remedy() -> str:
    return f"scikit-learn's {FILE} (from fetch_20newsgroups(data_home=<folder>))"


def _check_plain(path: Path) -> None:
    """Raise ``InputError`` unless a file holds the two parts, and no code.

    scikit-learn unpickles the file, and asks nothing of it.
    """
    try:
        found = read_plain(zlib.decompress(path.read_bytes()))
        whole = all(isinstance(found[part], Bunch) for part in ("train", "test"))
        reason = "" if whole else "it has no parts train and test"
    except Exception as error:  # broken pickles raise nearly any kind
        reason = " ".join(str(error).split())
    if reason:
        raise InputError(
            f"{path}: not scikit-learn's file of 20 Newsgroups ({reason}); get it "
            "again."
        )


def _posts(folder: Path, part: str, settings: Newsgroups) -> Bunch:
    """Return the posts of a part and of the chosen hierarchies, in their order."""
    whole = fetch_20newsgroups(
        data_home=folder,
        subset=part,
        remove=REMOVED,
        shuffle=False,
        download_if_missing=False,
    )
    wanted = [n for n in whole.target_names if n.partition(".")[0] in settings.domains]
    for domain in settings.domains:
        if not any(name.startswith(f"{domain}.") for name in wanted):
            raise SettingsError(
                f"domains has {domain!r}, of which {folder / FILE} has no newsgroup; "
                "remove it."
            )
    numbers = np.searchsorted(whole.target_names, wanted)
    own = np.flatnonzero(np.isin(whole.target, numbers))
    return Bunch(
        data=[whole.data[post] for post in own],
        target=np.searchsorted(numbers, whole.target[own]),
        target_names=wanted,
    )


def _domains_of(posts: Bunch, names: list[str]) -> NDArray:
    """Return the number of the domain of each post, shape (posts,), as int64."""
    of_class = [names.index(name.partition(".")[0]) for name in posts.target_names]
    return np.array(of_class)[posts.target]


def _numbers(
    train: list[str], test: list[str], own: NDArray, settings: Newsgroups
) -> list[NDArray]:
    """Return the features of both parts, fitted on some posts of the first."""
    words = TfidfVectorizer(min_df=LEAST_POSTS, max_df=MOST_SHARE, stop_words="english")
    try:
        weights = words.fit_transform([train[post] for post in own])
        most = min(weights.shape)
    except ValueError:  # no word is left
        most = 0
    if settings.features > most:
        raise SettingsError(
            f"features is {settings.features}, but the {len(own)} posts that are held "
            f"out have {most} components; lower it, or raise held_out."
        )
    main = TruncatedSVD(settings.features, random_state=settings.seed)
    fitted = main.fit_transform(weights)
    mean, deviation = fitted.mean(0), fitted.std(0)
    deviation[deviation == 0] = 1  # a component that no held-out post has
    return [
        ((main.transform(words.transform(part)) - mean) / deviation).astype(np.float32)
        for part in (train, test)
    ]
