"""Which files results are made from."""

from fedorbit.data.settings import load_dataset_settings
from fedorbit.learn.pretrain.settings import checkpoint_file, load_foundation
from fedorbit.orbits.sources import element_path
from fedorbit.studies.stages import OF_SATELLITES

COASTLINES = "data/map/coastlines.csv"
OPS, LEDGER, VERDICT = ("plan", 0), ("plan", 1), ("plan", 2)


def printed(figure):
    """Return the paths of a figure as PDF and PNG, for papers and slides."""
    return [f"results/{{study}}/printed/{figure}.{form}" for form in ("pdf", "png")]


def each_strategy(result):
    """Return a function from wildcards to a result of each strategy of the study."""
    return lambda wildcards: expand(
        made(*result),
        study=wildcards.study,
        setting=DEFAULT,
        strategy=strategies_of(wildcards),
    )


def of_availability(stage, which=0):
    """Return a function to what a stage makes for the strategies of availability."""
    return lambda wildcards: expand(
        made(stage, which),
        study=wildcards.study,
        setting=DEFAULT,
        strategy=values_of(wildcards)["availability"]["strategies"],
    )


def each_run(*result):
    """Return a function from wildcards to a result of each run of the study."""
    return lambda wildcards: [
        f"results/{wildcards.study}/{path}"
        for path in study_of(wildcards).of_runs(*result)
    ]


def runs(wildcards):
    """Return strategy, setting and simulated hours of each run of the study."""
    study = study_of(wildcards)
    return [
        {"strategy": strategy, "setting": name}
        | {"hours": study.at(name)["scenario"]["hours"]}
        for strategy, name in study.runs
    ]


def elements_of(study, name):
    """Return the file that a study's satellites come from at a setting, or none."""
    constellation = study.at(name)["scenario"].get("constellation", {})
    if constellation.get("source") == "file":
        return str(element_path(constellation["path"]))
    if constellation.get("source") == "celestrak":
        return f"results/{study.name}/tables/snapshot.json"
    return None


def elements_path(wildcards):
    """Return the file that satellites come from, if there is one."""
    return elements_of(study_of(wildcards), wildcards.get("setting", DEFAULT)) or []


def without_selection(wildcards):
    """Return the settings of the study's satellites that a download depends on."""
    constellation = study_of(wildcards).values["scenario"]["constellation"]
    return {key: value for key, value in constellation.items() if key != "select"}


def sites(kind):
    """Return a function from wildcards to the file of regions or stations, if any."""
    return lambda wildcards: setting("scenario", kind, "file")(wildcards) or []


def stations_path(wildcards):
    """Return the file of ground stations, if the strategy needs any."""
    return sites("stations")(wildcards) if needs(wildcards).stations else []


def places_of_latency(wildcards):
    """Return the stations and the constellation at each of the settings of the latency."""
    places = []
    for name in settings_of("latency")(wildcards):
        scenario = study_of(wildcards).at(name)["scenario"]
        places.append(
            {
                "setting": name,
                "stations": Path(scenario["stations"]["file"]).stem,
                "constellation": words_of(scenario["constellation"]),
            }
        )
    return places


def words_of(constellation):
    """Return a constellation in a few words."""
    if constellation["source"] != "walker":
        return Path(constellation.get("path", constellation["source"])).stem
    satellites = "{planes} x {satellites_per_plane}".format(**constellation)
    height = f"{constellation['altitude_km']:g} km"
    return f"{constellation['pattern']} {satellites}, {height}"


def settings_of(stage):
    """Return a function from wildcards to the settings at which a stage is made."""

    def names(wildcards):
        study = study_of(wildcards)
        made_at = (study.expansion.at(name, stage) for _, name in study.runs)
        return list(dict.fromkeys(made_at))

    return names


def each_setting(stage, of=None):
    """Return a function from wildcards to what a stage makes at each of its settings.

    With ``of``, it is what another stage has made there.
    """

    def paths(wildcards):
        study, made_by = study_of(wildcards), of or stage
        return [
            made(made_by).format(
                study=wildcards.study, setting=study.expansion.at(name, made_by)
            )
            for name in settings_of(stage)(wildcards)
        ]

    return paths


def speeds_of_latency(wildcards):
    """Return the speeds of satellites for which totals are worked out."""
    values = study_of(wildcards).values
    own = values["clients"]["compute_flop_s"]
    return sorted({own, *values["latency"]["speeds_flop_s"]})


def if_needed(stage, which=0, of=None):
    """Return a function from wildcards to what a stage makes, if the strategy needs it.

    With ``of``, it is what another stage makes that whoever needs the first needs, too.
    """

    def path(wildcards):
        if not getattr(needs(wildcards), stage):
            return []
        return at(of or stage, which)(wildcards)

    return path


def sunlight_path(wildcards):
    """Return how much of the Sun satellites see, if they have batteries."""
    clients = values_of(wildcards)["clients"]
    return at("sunlight")(wildcards) if clients.get("battery") else []


def if_result(table):
    """Return a function from wildcards to a table, if the study has it."""

    def path(wildcards):
        name = f"tables/{table}.csv"
        there = name in study_of(wildcards).results()
        return f"results/{wildcards.study}/{name}" if there else []

    return path


def rounds_path(wildcards):
    """Return the rounds of a study that trains."""
    trains = "rounds.parquet" in study_of(wildcards).results()
    return f"results/{wildcards.study}/rounds.parquet" if trains else []


def satellites_of_clients(wildcards):
    """Return the satellites, if clients live on them."""
    home = setting("clients", "home")(wildcards)
    return at("constellation")(wildcards) if home == OF_SATELLITES else []


def claims_path(wildcards):
    """Return the file of the claims that are judged by the study."""
    return f"config/claims/{study_of(wildcards).values['claims']}.yaml"


def cells_of_sweeps(wildcards):
    """Return the table of cells as plain values."""
    return study_of(wildcards).expansion.cells.to_dict("split")


def dataset_settings(wildcards):
    """Return the settings of a dataset, be it of a study or asked for by itself."""
    return load_dataset_settings("config/datasets", wildcards.dataset).model_dump()


def dataset_path(wildcards):
    """Return the prepared dataset that the study learns from."""
    return f"data/datasets/{values_of(wildcards)['dataset']}.npz"


def foundation_settings(wildcards):
    """Return the settings of a foundation model."""
    return load_foundation("config/models", wildcards.foundation).model_dump()


def checkpoint_path(wildcards):
    """Return the file of the pretrained model that the study starts from, if any."""
    path = values_of(wildcards)["model"].get("checkpoint")
    return str(checkpoint_file(path)) if path else []


def samples_path(wildcards):
    """Return what a run learns from: the dataset, or features of its samples."""
    by_features = needs(wildcards).features
    return at("features")(wildcards) if by_features else dataset_path(wildcards)


def unlabelled_path(wildcards):
    """Return the prepared dataset that a foundation model learns from."""
    return f"data/datasets/{foundation_settings(wildcards)['dataset']}.npz"


def convex_weight_decay(wildcards):
    """Return the weight decay of a study that learns softmax regression, else 0."""
    values = study_of(wildcards).values
    convex = values["model"]["name"] == "softmax"
    return values["training"].get("weight_decay", 0) if convex else 0


def drawers(wildcards):
    """Return the script and all files that plan the strategies of the draws."""
    names = values_of(wildcards)["draws"]["strategies"]
    files = {file for name in names for file in program("plan_draws", strategy=name)}
    return sorted(files)


def drawn_strategies(wildcards):
    """Return the settings of the strategies of the draws, by their names."""
    values = values_of(wildcards)
    return {name: values["strategies"][name] for name in values["draws"]["strategies"]}


def strategies_of(wildcards):
    """Return the names of the strategies that take part in the study."""
    return list(study_of(wildcards).values["strategies"])


def timeline_hours(wildcards):
    """Return how many of the first hours the timeline shows."""
    return min(PLOTTING["timeline_hours"], setting("scenario", "hours")(wildcards))


def looks_of(wildcards):
    """Return the looks of the study's strategies, in the order of legends."""
    taking_part = strategies_of(wildcards)
    looks = PLOTTING["strategies"]
    return {name: look for name, look in looks.items() if name in taking_part}


def snapshots(wildcards):
    """Return the snapshots whose ages a study compares, if any."""
    named = study_of(wildcards).values.get("ageing", {}).get("snapshots", [])
    return [str(element_path(path, "ageing.snapshots")) for path in named]
