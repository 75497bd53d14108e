"""Flower and pfl-research on the works of engine.py, run by the peers' own Python.

    PEERS_PYTHON bench/engine_peers.py METHOD WORK FOLDER

Both are used as their guides show: Flower 1.41 with its message API in the simulation
runtime, one CPU for each client, so as many actors as cores; pfl-research 0.6 with its
SimulatedBackend. Nobody evaluates, pfl apart, which does in its first round.
"""

from pathlib import Path

from engine_plain import indexed, network, tensors, train
from engine_works import Clock, Timing, Work, run_worker


def flower_client(work: Work, folder: Path):
    """Return the client app: build the model, load, train, reply."""
    import torch
    from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
    from flwr.clientapp import ClientApp

    app = ClientApp()

    @app.train()
    def train_client(message, context):
        model = network(work)
        model.load_state_dict(message.content["arrays"].to_torch_state_dict())
        optimizer = torch.optim.SGD(model.parameters(), lr=work.learning_rate)
        batches = indexed(*tensors(work, folder), work.batches)
        client = int(context.node_config["partition-id"])
        round_number = int(message.content["config"]["server-round"])
        train(model, optimizer, batches(client, round_number))
        reply = {
            "arrays": ArrayRecord(model.state_dict()),
            "metrics": MetricRecord({"num-examples": work.samples}),
        }
        return Message(content=RecordDict(reply), reply_to=message)

    return app


def flower(work: Work, folder: Path) -> Timing:
    """Time Flower's federated averaging, which chooses clients by itself."""
    from flwr.app import ArrayRecord
    from flwr.serverapp import ServerApp
    from flwr.serverapp.strategy import FedAvg
    from flwr.simulation import run_simulation

    clock = Clock()
    same_clients = work.cohort == work.clients

    class TimedFedAvg(FedAvg):
        def aggregate_train(self, server_round, replies):
            replies = list(replies)
            if any(reply.has_error() for reply in replies):
                raise SystemExit("a client of Flower failed; see its log above.")
            arrays, metrics = super().aggregate_train(server_round, replies)
            clock.round_ends(arrays.to_torch_state_dict() if same_clients else None)
            return arrays, metrics

    app = ServerApp()

    @app.main()
    def main(grid, context):
        strategy = TimedFedAvg(
            fraction_train=work.cohort / work.clients,
            fraction_evaluate=0.0,
            min_train_nodes=work.cohort,
            min_available_nodes=work.clients,
        )
        initial = ArrayRecord(network(work).state_dict())
        rounds = 1 + work.rounds
        strategy.start(grid, initial, num_rounds=rounds)

    run_simulation(
        server_app=app,
        client_app=flower_client(work, folder),
        num_supernodes=work.clients,
        backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0.0}},
    )
    return clock.timing()


def pfl(work: Work, folder: Path) -> Timing:
    """Time pfl-research's federated averaging on the works' own clients."""
    import torch
    from pfl.aggregate.simulate import SimulatedBackend
    from pfl.algorithm.base import NNAlgorithmParams
    from pfl.algorithm.federated_averaging import FederatedAveraging
    from pfl.callback.base import TrainingProcessCallback
    from pfl.data.federated_dataset import FederatedDataset
    from pfl.data.pytorch import PyTorchTensorDataset
    from pfl.hyperparam import NNTrainHyperParams
    from pfl.metrics import Metrics, Weighted
    from pfl.model.pytorch import PyTorchModel
    from torch.nn.functional import cross_entropy

    clock, model = Clock(), network(work)
    x, y = tensors(work, folder)
    rounds = 1 + work.rounds
    turns = iter([(c, n) for n in range(1, rounds + 1) for c in work.chosen(n)])

    def dataset(turn: tuple[int, int]) -> PyTorchTensorDataset:
        rows = torch.from_numpy(work.batches(*turn).ravel())
        return PyTorchTensorDataset((x[rows], y[rows]))

    class Timed(TrainingProcessCallback):
        def after_central_iteration(self, metrics, model, *, central_iteration):
            clock.round_ends(model.pytorch_model.state_dict())
            return False, Metrics()

    model.loss = lambda x, y, eval=False: cross_entropy(model(x), y)
    model.metrics = lambda x, y, eval=False: {
        "loss": Weighted(model.loss(x, y).item() * len(y), len(y))
    }
    data = FederatedDataset(dataset, lambda: next(turns))
    FederatedAveraging().run(
        NNAlgorithmParams(
            central_num_iterations=rounds,
            evaluation_frequency=rounds,  # the first round only
            train_cohort_size=work.cohort,
            val_cohort_size=0,
        ),
        SimulatedBackend(training_data=data, val_data=data),
        PyTorchModel(
            model,
            local_optimizer_create=torch.optim.SGD,
            central_optimizer=torch.optim.SGD(model.parameters(), lr=1.0),
        ),
        NNTrainHyperParams(
            local_num_epochs=1,
            local_learning_rate=work.learning_rate,
            local_batch_size=work.batch,
        ),
        callbacks=[Timed()],
        send_metrics_to_platform=False,
    )
    return clock.timing()


if __name__ == "__main__":
    run_worker({"flower": flower, "pfl": pfl})
