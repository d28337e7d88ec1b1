"""A hand-in holds what a checker needs and nothing else, and reading a stranger's file can do no harm."""

import json
import stat
import zipfile

import pytest

import greenlatent as gl
from greenlatent.course import handin
from greenlatent.edits import Relabel

from ..parts import clusters, linear_net


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pack(home):
    lab = gl.Lab(
        linear_net(), clusters(), valid=clusters(), latent="0", batch_size=8, threads=1, session=False
    )
    lab.step(10)
    lab.journal.add(Relabel([3], 1), by="human", seconds=2.5)
    lab.step(10)
    lab.control()
    path = lab.hand_in("mine.zip", answers={"1a": "=HYPERLINK()", "2": "because"})
    lab.close()
    return path


def packed(path, parts, **about):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = about.get("attributes", 0)
            file.writestr(info, data)
    return path


def parts(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_a_hand_in_holds_the_journal_the_ledger_hashes_versions_and_answers(pack):
    given = handin.read(pack)
    assert given.remarks == ()
    assert given.answers == {"1a": "=HYPERLINK()", "2": "because"}
    assert [event.edit for event in given.journal.active] == [Relabel((3,), 1)]
    claim = given.claim
    assert (claim["steps"], claim["edits"], claim["passes"]) == (20, 1, given.claim["control"]["passes"])
    assert 0 < claim["accuracy"] <= 1 and claim["versions"]["torch"] and len(claim["control"]["ratio"]) == 3
    there = set(handin.NAMES) - {"proposals.jsonl"}  # that is of an agent, and there was none
    assert set(parts(pack)) == there and set(claim["sha256"]) == there - {handin.CLAIM}


def test_no_path_user_or_host_name_goes_in(pack, home):
    import getpass
    import socket

    text = b"".join(parts(pack).values()).decode()
    assert str(home) not in text and f'"{getpass.getuser()}"' not in text and socket.gethostname() not in text


def test_a_comparison_of_an_earlier_step_does_not_go_in(home):
    lab = gl.Lab(linear_net(), clusters(), latent="0", batch_size=8, threads=1, session=False)
    lab.step(10)
    lab.control()
    lab.step(5)
    assert handin.read(lab.hand_in("mine.zip", answers="text")).claim["control"] is None
    with pytest.raises(TypeError, match="by question"):
        lab.hand_in("mine.zip", answers={1: "text"})
    with pytest.raises(ValueError, match="shorten"):
        lab.hand_in("mine.zip", answers="x" * 2**21)
    lab.close()


def test_what_was_changed_afterwards_is_named(pack):
    held = parts(pack)
    held["answers.json"] = b"{}"
    del held["ledger.jsonl"]
    given = handin.read(packed("changed.zip", held))
    assert given.remarks == (
        "answers.json was changed after it was handed in",
        "ledger.jsonl is missing",
    )


def test_only_whole_zip_files_are_read(pack):
    data = pack.read_bytes()
    for name, bad in {"half": data[: len(data) // 2], "text": b"no zip", "empty": b""}.items():
        (pack.parent / name).write_bytes(bad)
        with pytest.raises(ValueError, match="no whole zip file"):
            handin.read(pack.parent / name)
    torn = bytearray(data)
    torn[60:90] = bytes(30)
    (pack.parent / "torn").write_bytes(torn)
    with pytest.raises(ValueError, match=r"no whole zip file|cannot be read"):
        handin.read(pack.parent / "torn")
    with pytest.raises(ValueError, match="cannot be read"):
        handin.read("nowhere.zip")


def test_strange_files_links_and_doubles_are_refused(pack):
    held = parts(pack)
    for name in ("../outside.txt", "/etc/passwd", "model.pkl", "sub/journal.jsonl"):
        with pytest.raises(ValueError, match="belongs in no hand-in"):
            handin.read(packed("strange.zip", {**held, name: b"x"}))
    with pytest.raises(ValueError, match="is a link"):
        handin.read(packed("link.zip", held, attributes=(stat.S_IFLNK | 0o777) << 16))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile("double.zip", "w") as file:
        for _ in range(2):
            file.writestr("journal.jsonl", b"x")
    with pytest.raises(ValueError, match="twice"):
        handin.read("double.zip")
    with pytest.raises(ValueError, match=r"no journal\.jsonl"):
        handin.read(packed("less.zip", {"hand-in.json": b"{}"}))


def test_a_bomb_is_not_unpacked(pack, monkeypatch):
    monkeypatch.setattr(handin, "LARGEST", 2**20)
    held = {**parts(pack), "answers.json": b" " * 2**21}
    with pytest.raises(ValueError, match="unpacks to more than 1 MB"):
        handin.read(packed("bomb.zip", held))
    # One that lies about its size is only ever read up to the limit.
    packed("liar.zip", held)
    data = (pack.parent / "liar.zip").read_bytes()
    true, told = (2**21).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert data.count(true) == 2
    (pack.parent / "liar.zip").write_bytes(data.replace(true, told))
    with pytest.raises(ValueError, match=r"no whole zip file|more than 1 MB"):
        handin.read("liar.zip")


@pytest.mark.parametrize(
    "journal",
    [
        b"",
        b"\xff\xfe\n",
        b'{"v":1,"format":"greenlatent journal"}\n{"v":1,"do":"close"}\n',
        b'{"v":1,"format":"greenlatent journal"}\n{"v":1,"n":1,"step":"x","t":1,"do":"undo"}\n',
        b'{"v":1,"format":"greenlatent journal"}\n{"v":1,"n":1,"step":1,"t":1,"do":"add","edit":{"kind":[]}}\n',
        b'{"v":1,"format":"greenlatent journal","workers":100000}\n',
        b'{"v":1,"format":"greenlatent journal"}\n{"v":1,"n":1,"st',
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_damaged_journal_is_refused_in_words(pack, journal):
    with pytest.raises(ValueError, match=r"journal\.jsonl cannot be read"):
        handin.read(packed("damaged.zip", {**parts(pack), "journal.jsonl": journal}))


@pytest.mark.parametrize("field", ["t", "seconds"])
@pytest.mark.parametrize("value", [b"NaN", b'"soon"', b"true", b"1e400", b"1" + b"0" * 400, b"[]"])
def test_a_time_that_is_none_is_refused(pack, field, value):
    told = {"t": b"1", "seconds": b"1", field: value}
    line = b'{"v":1,"n":1,"step":0,"t":%b,"seconds":%b,"do":"resume"}\n' % (told["t"], told["seconds"])
    journal = b'{"v":1,"format":"greenlatent journal"}\n' + line
    with pytest.raises(ValueError, match="a time that is no number of seconds"):
        handin.read(packed("damaged.zip", {**parts(pack), "journal.jsonl": journal}))


@pytest.mark.parametrize(
    ("do", "most", "words"), [("reset", 100, "begins anew"), ("resume", 100_000, "more than")]
)
def test_a_journal_holds_no_more_than_a_replay_can_be_asked_for(pack, do, most, words):
    line = '{"v":1,"n":%d,"step":0,"t":1,"do":"' + do + '"}\n'
    for count, allowed in ((most, True), (most + 1, False)):
        head = '{"v":1,"format":"greenlatent journal"}\n'
        text = head + "".join(line % n for n in range(1, count + 1)) + '{"v":1,"do":"close","steps":0}\n'
        path = packed("many.zip", {**parts(pack), "journal.jsonl": text.encode()})
        if allowed:
            assert len(handin.read(path).journal) == most
        else:
            with pytest.raises(ValueError, match=words):
                handin.read(path)


@pytest.mark.parametrize("claim", [b"[]", b"{", b'{"format":9}', b'{"format":1,"steps":"x"}', b"[" * 100_000])
def test_a_damaged_claim_is_refused_in_words(pack, claim):
    with pytest.raises(ValueError, match=r"hand-in\.json"):
        handin.read(packed("damaged.zip", {**parts(pack), "hand-in.json": claim}))


def test_every_truncation_is_refused_and_nothing_else_happens(pack):
    data = pack.read_bytes()
    for end in range(0, len(data), max(1, len(data) // 60)):
        with pytest.raises(ValueError):
            (pack.parent / "cut.zip").write_bytes(data[:end])
            handin.read("cut.zip")
    assert json.loads(parts(pack)["answers.json"])


def test_a_run_without_labels_to_judge_by_is_handed_in_without_an_accuracy(home):
    data = clusters()
    unlabelled = gl.Samples(data.x, [-1] * len(data), classes=data.classes)
    lab = gl.Lab(linear_net(), unlabelled, latent="0", threads=1, session=False)
    lab.step(2)
    assert lab.accuracy is None and "nan" not in repr(lab)
    assert handin.read(lab.hand_in("mine.zip")).claim["accuracy"] is None
    with pytest.raises(TypeError, match="texts by question"):
        lab.hand_in("mine.zip", answers=["because"])
    lab.close()
