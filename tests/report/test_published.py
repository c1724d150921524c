from __future__ import annotations

from dataclasses import replace

from morelli.report.published import beside_published, notes


def test_the_triplet_figure_stands_beside_its_counterpart_and_never_beside_pair_accuracy(make_evaluation) -> None:
    evaluation = make_evaluation()
    (one,) = beside_published(evaluation)
    figures = evaluation.of("unseen", "random").figures
    assert one.published == 0.8928
    assert one.ours == figures["triplet_accuracy_of_four"]
    assert one.ours != figures["accuracy"]
    assert "never beside pair accuracy" in one.note


def test_a_group_in_the_name_picks_the_column(make_evaluation) -> None:
    evaluation = replace(make_evaluation(), published={"accuracy_seen": 0.888, "unseen_accuracy": 0.647, "f1_mix": 0.6})
    ours = [one.ours for one in beside_published(evaluation)]
    assert ours == [
        evaluation.of("seen", "random").figures["accuracy"],
        evaluation.of("unseen", "random").figures["accuracy"],
        evaluation.of("mix", "random").figures["f1"],
    ]


def test_what_has_no_counterpart_stands_alone(make_evaluation) -> None:
    evaluation = replace(make_evaluation(groups=("seen",)), published={"training_accuracy": 0.9, "auc": 0.8})
    alone, unmeasured = beside_published(evaluation)
    assert alone.ours is None
    assert alone.label == "Training accuracy"
    assert unmeasured.ours is None
    assert unmeasured.ours_of == "not measured here"


def test_each_note_is_given_once_with_its_figures(make_evaluation) -> None:
    evaluation = replace(make_evaluation(), published={"accuracy_seen": 0.888, "accuracy_unseen": 0.647})
    assert [labels for labels, _ in notes(beside_published(evaluation))] == ["Accuracy, seen; Accuracy, unseen"]
