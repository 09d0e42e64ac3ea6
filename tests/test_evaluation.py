"""What an evaluation counts, against PyTorch and against sums written out by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

import archspec
from archspec.training.evaluation import Evaluation, Tally, evaluate, most_confident

if TYPE_CHECKING:
    from torch import Tensor

pytestmark = pytest.mark.torch

CLASSES = 8


def outputs_and_labels(images: int = 300) -> tuple[Tensor, Tensor]:
    """Scores that are right about half of the time, and labels."""
    import torch

    random = torch.Generator().manual_seed(3)
    labels = torch.randint(CLASSES, (images,), generator=random)
    scores = 2 * torch.randn(images, CLASSES, generator=random)
    scores[range(images), labels] += 2
    return scores, labels


def counted(
    scores: Tensor, labels: Tensor, batch: int = 64, *, smallest_wins: bool = False
) -> Evaluation:
    import torch

    parts = [slice(start, start + batch) for start in range(0, len(labels), batch)]
    batches = [(scores[part], labels[part]) for part in parts]
    classes = scores.shape[1]
    return evaluate(torch.nn.Identity(), batches, classes, smallest_wins=smallest_wins)


def test_loss_and_accuracies_are_those_of_pytorch() -> None:
    from torch.nn.functional import cross_entropy

    scores, labels = outputs_and_labels()
    found = counted(scores, labels)
    assert found.images == 300
    assert found.loss == pytest.approx(cross_entropy(scores, labels).item(), rel=1e-6)
    assert found.correct == (scores.argmax(1) == labels).sum().item()
    top5 = scores.topk(5).indices
    assert found.correct5 == (top5 == labels[:, None]).any(1).sum().item()
    assert found.top1 == 100 * found.correct / 300


def test_a_percentage_is_that_of_its_counts() -> None:
    found = Evaluation(10_000, 0.3, 9178, None, ((9178, 822), (0, 0)), (), ())
    assert f"{found.top1:.2f}" == "91.78"
    assert found.top5 is None
    assert found.per_class[0] == 91.78
    assert math.isnan(found.per_class[1])


def test_a_row_of_the_confusion_is_a_label() -> None:
    import torch

    labels = torch.tensor([0, 0, 1, 2, 2, 2])
    predicted = torch.tensor([0, 2, 1, 2, 2, 0])
    found = counted(10 * torch.eye(3)[predicted], labels)
    assert found.confusion == ((1, 0, 1), (0, 1, 0), (1, 0, 2))
    assert found.per_class == pytest.approx((50, 100, 200 / 3))
    assert found.top5 is None


def test_the_calibration_error_is_that_of_guo_et_al() -> None:
    scores, labels = outputs_and_labels()
    found = counted(scores, labels)
    error = 0.0
    confidences, predicted = scores.softmax(1).max(1)
    for m in range(1, 16):
        inside = ((m - 1) / 15 < confidences) & (confidences <= m / 15)
        if inside.any():
            accuracy = (predicted == labels)[inside].double().mean().item()
            gap = abs(accuracy - confidences[inside].double().mean().item())
            error += inside.sum().item() / 300 * gap
    assert found.calibration_error == pytest.approx(100 * error, abs=1e-4)
    assert found.confidence == pytest.approx(100 * confidences.mean().item(), abs=1e-4)


def test_the_most_confident_mistakes_come_first() -> None:
    scores, labels = outputs_and_labels()
    found = counted(scores, labels).mistakes
    confidences, predicted = scores.softmax(1).max(1)
    wrong = (predicted != labels).nonzero().flatten().tolist()
    expected = sorted(wrong, key=lambda k: -confidences[k].item())[:50]
    assert [each.index for each in found] == expected
    first = found[0]
    assert first.label == labels[first.index].item()
    assert first.predicted == predicted[first.index].item()


def test_penalties_count_as_their_opposites() -> None:
    scores, labels = outputs_and_labels()
    assert counted(-scores, labels, smallest_wins=True) == counted(scores, labels)


def test_batches_of_any_size_give_the_same() -> None:
    scores, labels = outputs_and_labels()
    one, other = counted(scores, labels, batch=300), counted(scores, labels, batch=7)
    assert one.confusion == other.confusion
    assert one.mistakes == other.mistakes
    assert one.loss == pytest.approx(other.loss, rel=1e-12)


def test_parts_of_several_processes_add_up() -> None:
    import torch

    scores, labels = outputs_and_labels()
    places = torch.arange(300)
    parts = [Tally(CLASSES) for _ in range(3)]
    for rank, part in enumerate(parts):
        part.add(scores[rank::3], labels[rank::3], places[rank::3])
    for own, *others in zip(*(part.sums for part in parts), strict=True):
        for other in others:
            own += other
    parts[0].mistakes = most_confident(each for part in parts for each in part.mistakes)
    alone, together = counted(scores, labels), parts[0].evaluation()
    assert together.confusion == alone.confusion
    assert together.mistakes == alone.mistakes
    assert together.correct5 == alone.correct5
    assert together.loss == pytest.approx(alone.loss)
    assert together.calibration_error == pytest.approx(alone.calibration_error)


def test_the_main_output_is_evaluated_in_eval_mode_and_every_mode_is_restored() -> None:
    import torch

    module = archspec.build("googlenet", num_classes=CLASSES)
    module.get_submodule("conv1").eval()
    before = [part.training for part in module.modules()]
    state = {key: value.clone() for key, value in module.state_dict().items()}
    found = evaluate(module, [(torch.zeros(2, 3, 64, 64), torch.tensor([1, 2]))], CLASSES)
    assert found.images == 2
    assert [part.training for part in module.modules()] == before
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())


def test_outputs_that_are_no_numbers_are_no_top5() -> None:
    import torch

    found = counted(torch.full((4, CLASSES), math.nan), torch.tensor([1, 2, 3, 4]))
    assert math.isnan(found.loss)
    assert (found.correct, found.correct5) == (0, 0)


def test_whether_the_smallest_output_wins_follows_from_the_network() -> None:
    assert archspec.load("lenet5").smallest_wins
    assert not archspec.load("googlenet").smallest_wins
    behind = "archspec: 1\nname: codes\ninput: [8]\nlayers: {rbf: {op: RBF, out_features: 4}, same: Identity}"
    assert archspec.loads(behind).smallest_wins
