"""What a point costs, and what less accuracy would buy."""

import pytest

from tests.plan.front.test_front import known


def test_a_point_has_a_price_with_an_interval_and_a_hundredth_of_it():
    front = known().front()
    found = front.price("mlp 64", "cnn 8")
    assert found.a == "mlp 64" and abs(found.points - 4) < 1e-9
    value = (front["cnn 8"].x.value - front["mlp 64"].x.value) / 4
    assert abs(found.point.value - value) < 1e-9 and found.point.low < value < found.point.high
    assert found.hundredth.value == pytest.approx(found.point.value / 100)
    assert front.price("cnn 8", "mlp 64").point == found.point
    assert "4.00 points" in str(found.why)


def test_what_intervals_do_not_tell_apart_has_no_price():
    front = known().front()
    assert "overlap" in front.price("mlp 64", "forest 300").reason
    assert front.price("mlp 64", "forest 300").point is None
    assert "is not known; rehearse it" in front.price("mlp 64", "svm").reason
    assert "takes no more" in front.price("tree", "linear").reason


def test_less_accuracy_buys_what_is_named_with_ratios():
    plan = known()
    found = plan.front().what_if(-0.05, of="cnn 8")
    assert [each.name for each in found.found] == ["mlp 64"]
    (one,) = found.found
    front = plan.front()
    assert one.joules.value == pytest.approx(front["mlp 64"].x.value / front["cnn 8"].x.value)
    assert one.size > 0 and one.seconds > 0


def test_the_same_model_on_fewer_rows_is_said_where_it_was_tried():
    plan = known()
    line = dict(plan.book.value("tried", "cnn 8"))
    line["curve"] = [[500, 0.95, 0.95], [1000, 0.96, 0.96], [2000, 0.975, 0.975]]
    plan.book.say("tried", "data", **{"cnn 8": line})
    names = [each.name for each in plan.front().what_if(-0.05, of="cnn 8").found]
    assert any(name.startswith("cnn 8 on 1/") for name in names)


def test_where_somebody_may_come_to_harm_less_than_the_target_is_not_offered():
    plan = known()
    plan.problem.set(safety=True, supervised=True, target=0.98)
    found = plan.front().what_if(-0.05, of="cnn 8")
    assert found.found == () and "less than 0.98 is not offered" in str(found)


def test_what_if_of_the_plans_own_model_and_of_wrong_numbers():
    front = known().front()
    assert front.what_if(-0.06).of == "mlp 64"
    assert "is not known" in front.what_if(-0.05, of="svm").refused
    with pytest.raises(ValueError, match="how much less it may be"):
        front.what_if(0.05)
