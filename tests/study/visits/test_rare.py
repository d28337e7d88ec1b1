"""Classes of a few samples."""

import greenlatent as gl
from greenlatent.study.visits import rare


def test_affirming_three_samples_lets_the_read_out_recall_what_the_net_never_says(monkeypatch):
    monkeypatch.setattr(rare, "LOOKS", (20,))
    balanced, recall = rare.rare(gl.datasets.digits(), 201, 3)
    assert recall["solved"] > recall["as it is"] + 20 and balanced["solved"] > balanced["as it is"]
    assert balanced.keys() == recall.keys() == {"as it is", "solved", "evenly"}
