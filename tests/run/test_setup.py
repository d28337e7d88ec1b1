"""A set-up is the arguments of a Lab: whoever advises gives reasons, and the Lab is made of it as of any others."""

import pytest

import greenlatent as gl
from greenlatent.run.setup import Setup

from ..parts import clusters, linear_net


def setup(**more):
    given = {"model": linear_net(), "train": clusters(), "latent": "0", "batch_size": 16, **more}
    return Setup(given, why={"batch_size": "steps are cheap", "epochs": "two do"}, by="advice", epochs=2)


def test_a_lab_is_made_of_it():
    made = setup()
    with gl.Lab(**made, session=False) as lab:
        assert lab.trainer.batch_size == 16
        lab.step(epochs=made.epochs)
    with gl.Lab(linear_net(), clusters(), **made.options, session=False) as lab:
        assert lab.trainer.batch_size == 16


def test_the_header_says_which_values_were_advised_and_a_replay_repeats_it():
    made = setup()
    with gl.Lab(**made, session=False) as lab:
        lab.step(3)
    assert lab.journal.header["advised"] == {"batch_size": "advice", "epochs": "advice"}
    again = gl.replay(lab.journal, linear_net(), clusters())
    assert again.settings.advised == lab.journal.header["advised"]
    again.close()


def test_it_prints_each_value_with_its_reason():
    assert str(setup()) == "batch_size = 16: steps are cheap\nepochs = 2: two do"


def test_a_reason_of_several_values_is_said_once_and_a_function_without_a_name_is_one():
    given = {"scheduler": lambda optimizer: None, "scheduler_every": "step"}
    made = Setup(given, why=dict.fromkeys(given, "it falls"), by="advice")
    assert str(made) == "scheduler = a function: it falls\nscheduler_every = 'step': as above"


def test_a_name_that_no_lab_takes_is_refused_with_those_that_it_does():
    with pytest.raises(TypeError, match=r"'batchsize' is no argument of a Lab; there are .*batch_size"):
        setup(batchsize=3)
    with pytest.raises(ValueError, match="no value"):
        Setup({}, why={"epochs": "enough"}, by="agent")


def test_values_are_checked_in_the_words_of_a_trainer():
    with pytest.raises(ValueError, match="batch_size and accumulate count from 1"):
        setup(batch_size=0).check(clusters())
    with pytest.raises(ValueError, match="lr is a learning rate above 0"):
        Setup({"lr": -1.0}, why={}, by="agent").check(clusters())
    assert setup().check(clusters()).batch_size == 16


def test_of_two_the_later_has_the_word_and_inputs_follow_one_another():
    def first(samples):
        return gl.Samples(samples.x * 2, samples.y, classes=samples.classes)

    def second(samples):
        return gl.Samples(samples.x + 1, samples.y, classes=samples.classes)

    one = Setup({"lr": 0.1, "threads": 1}, why={"lr": "a"}, by="advice", inputs=first)
    two = Setup({"lr": 0.2}, why={"lr": "b"}, by="advice", steps=9, inputs=second)
    both = one.also(two)
    assert both["lr"] == 0.2 and both["threads"] == 1 and both.why == {"lr": "b"} and both.steps == 9
    assert both["advised"] == {"lr": "advice"}
    x = clusters()
    assert (both.inputs(x).x == x.x * 2 + 1).all()
    assert two.also(Setup({}, why={}, by="advice")).inputs(x).x.equal(x.x + 1)
    assert setup().inputs(x) is x
    with pytest.raises(TypeError, match="takes Samples"):
        setup().inputs(x.x)
