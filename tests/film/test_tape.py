"""A tape keeps whole messages, stays below its size, and is read again however it was cut off or spoilt."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest

from greenlatent.film.tape import HEAD, Message, Tape, load, read, thinned

from ..house.source import CHECKOUT


def frame(step, n=50):
    codes = np.random.default_rng(step).integers(0, 65535, (n, 2)).astype("<u2")
    header = {"type": "frame", "t": float(step), "set": 1, "space": "plane", "step": step, "n": n, "dims": 2}
    return Message(header | {"lo": [0.0, 0.0], "hi": [1.0, 1.0], "exact": True}, (codes.tobytes(),))


def other(kind, t, **fields):
    return Message({"type": kind, "t": float(t), **fields})


def test_what_was_written_is_read_bit_for_bit_from_memory_and_from_a_file(tmp_path):
    tape, told = Tape(), [frame(k) for k in range(5)]
    for message in told[:3]:
        tape.write(message)
    tape.settle(tmp_path / "film.bin")
    for message in told[3:]:
        tape.write(message)
    assert tape.messages() == told == load(tmp_path / "film.bin")


def test_cut_off_anywhere_the_whole_messages_before_are_there(tmp_path):
    tape = Tape()
    tape.settle(tmp_path / "film.bin")
    for k in range(3):
        tape.write(frame(k, 3))
    data = (tmp_path / "film.bin").read_bytes()
    ends = [end for _, end in read(data)]
    for size in range(len(HEAD), len(data) + 1):
        assert len(list(read(data[:size]))) == sum(end <= size for end in ends)


def test_a_damaged_end_is_set_aside_when_a_run_goes_on(tmp_path):
    path = tmp_path / "film.bin"
    first = Tape()
    first.settle(path)
    first.write(frame(0))
    path.write_bytes(path.read_bytes() + b"half a mess")
    second = Tape()
    second.write(frame(1))
    second.settle(path)
    assert [message.header["step"] for message in load(path)] == [0, 1]
    assert path.with_name("film.bin.damaged").exists()


def test_a_file_that_somebody_else_goes_on_in_is_left_alone(tmp_path):
    path, first, second = tmp_path / "film.bin", Tape(), Tape()
    first.settle(path)
    first.write(frame(0))
    second.settle(path)
    second.write(frame(1))
    before = path.read_bytes()
    first.write(frame(2))
    assert path.read_bytes() == before and "somebody else goes on" in first.ended
    path.unlink()
    second.write(frame(3))
    assert second.ended and not path.exists(), "and a folder that is gone ends it as well"


def test_it_never_exceeds_its_size_and_keeps_both_ends_and_what_is_around_edits(tmp_path):
    path, most = tmp_path / "film.bin", 100_000
    tape = Tape(most)
    tape.settle(path)
    for k in range(2000):
        tape.write(frame(k))
        if k == 700:
            tape.write(other("edits", k, rows=[]))
        assert path.stat().st_size <= most
    steps = [message.header["step"] for message in load(path) if message.kind == "frame"]
    assert {0, 700, 701, 1999} <= set(steps) and 100 < len(steps) < 600
    assert sum(message.kind == "edits" for message in load(path)) == 1


def test_where_marks_alone_are_too_many_they_give_way_too():
    told = [
        message
        for k in range(400)
        for message in (frame(k), other("evaluation", k, step=k, passes=k, accuracy=0.5))
    ]
    kept = thinned(told, 60_000)
    assert sum(len(message.pack()) for message in kept) <= 60_000
    assert kept[0] == told[0] and kept[-1] == told[-1]


def test_spoilt_bytes_never_raise_and_never_invent(tmp_path):
    tape = Tape()
    for k in range(4):
        tape.write(frame(k, 5))
    data = bytearray(HEAD + b"".join(message.pack() for message in tape.messages()))
    chance = random.Random(0)
    for _ in range(300):
        spoilt = bytearray(data)
        spoilt[chance.randrange(len(HEAD), len(data))] ^= 1 << chance.randrange(8)
        found = [message for message, _ in read(bytes(spoilt))]
        assert found == tape.messages()[: len(found)] and len(found) < 4


@pytest.mark.parametrize("size", [0, 10, -1, True])
def test_a_size_that_holds_nothing_is_refused(size):
    with pytest.raises(ValueError, match="size in bytes from 100,000 on"):
        Tape(size)


WRITER = """
import sys
from pathlib import Path
from tests.film.test_tape import frame, Tape
tape = Tape(400_000)
tape.settle(Path(sys.argv[1]))
print("ready", flush=True)
for k in range(1, 10**9):
    tape.write(frame(k, 400))
"""


@pytest.mark.slow
def test_killed_in_mid_write_thirty_times_it_goes_on_with_all_that_was_whole(tmp_path):
    path, reached = tmp_path / "film.bin", 0
    for k in range(30):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], cwd=CHECKOUT, stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"ready\n"
        goal = path.stat().st_size + 20_000 * (
            1 + k % 5
        )  # in the middle of writing, and beyond a thinning at times
        before = os.stat(path).st_ino
        while path.stat().st_size < min(goal, 300_000) and os.stat(path).st_ino == before:
            pass
        writer.kill()
        writer.wait()
        writer.stdout.close()
        steps = [message.header["step"] for message in load(path)]
        assert steps, f"time {k}"
        reached = max(reached, len(steps))
        for step, message in zip(steps[-3:], load(path)[-3:], strict=True):
            assert message == frame(step, 400), "bit for bit"
        again = Tape(400_000)
        again.settle(path)
        again.write(frame(0, 400))
        assert load(path)[-1] == frame(0, 400) and path.stat().st_size <= 400_000
    assert reached > 20
