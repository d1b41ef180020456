import json
import re
import sys
from importlib import import_module
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import typer
from PIL import Image

from segloss_cli import config
from segloss_cli.cli._template import Seen, template
from segloss_cli.cli.init import init
from segloss_cli.config import settings
from segloss_cli.errors import UsageError
from segloss_cli.scan.sketch import Ids

SCHEMA = json.loads((Path(config.__file__).parent / "config.schema.json").read_text())


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def png(path, ids, mode="L"):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(ids, dtype=np.uint8)).save(path)


def data_set(values=(0, 1, 2), names="ab", root="data"):
    ids = np.repeat(np.resize(values, 32), 32).reshape(32, 32)
    for name in names:
        png(f"{root}/masks/{name}.png", ids)
        picture = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
        path = Path(root, "images", f"{name}.jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)


def parsed(text):
    return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(text)


def uncommented(text):
    """The file as if all keys that stand in comments were set."""
    return re.sub(r"(?m)^# (?=[a-z-]+ = )", "", text)


def test_what_is_written_is_read_back(capsys):
    data_set()
    assert init("data") == 0
    assert "wrote segloss.toml" in capsys.readouterr().err
    made = settings(environ={})
    assert (made.num_classes, made.labels, made.images) == (3, ("data/masks",), ("data/images",))
    assert made.file == "segloss.toml"
    text = Path("segloss.toml").read_text()
    assert "a guess" in text
    assert "ids seen: 0..2, in 2 of 2 labels" in text
    jsonschema.validate(parsed(text), SCHEMA)


def test_the_file_says_nothing_of_when_or_by_whom():
    data_set()
    init("data")
    first = Path("segloss.toml").read_bytes()
    init("data", force=True)
    assert Path("segloss.toml").read_bytes() == first


@pytest.mark.parametrize("values", [(0, 1), (0, 1, 255), (0, 255), (1, 2), (0, 1, 9), (0, 200, 220), (7,), (0,)])
def test_every_comment_may_be_made_a_key(values):
    data_set(values)
    init("data")
    text = uncommented(Path("segloss.toml").read_text())
    keys = set(parsed(text))
    jsonschema.validate(parsed(text), SCHEMA)
    Path("segloss.toml").write_text(text)
    settings(environ={})
    asked = set(SCHEMA["properties"]) - {"preset", "names", "task", "reduce-zero-label", "class-weights", "palette"}
    assert asked - {"rules", "exit-zero", "max-findings", "format"} <= keys | {"num-classes", "ignore-index"}


def test_what_is_written_is_what_was_seen(capsys):
    data_set((0, 1, 255))
    init("data", output="-")
    printed = capsys.readouterr()
    assert printed.err == ""
    made = parsed(printed.out)
    assert made["num-classes"] == 2
    assert made["ignore-index"] == 255
    assert not Path("segloss.toml").exists()


def test_splits_are_offered_by_their_names(capsys):
    data_set(root="data/train")
    data_set(root="data/val")
    init("data", output="-")
    text = capsys.readouterr().out
    assert '# splits = { train = "**/train/**", val = "**/val/**" }' in text
    assert "labels" not in parsed(text)


def test_folders_are_relative_to_the_file(tmp_path):
    data_set()
    (tmp_path / "conf").mkdir()
    init("data", output="conf/segloss.toml")
    assert parsed(Path("conf/segloss.toml").read_text())["labels"] == "../data/masks"
    assert settings(config="conf/segloss.toml", environ={}).labels == ("data/masks",)


def test_a_file_that_is_there_is_kept_unless_forced():
    data_set()
    Path("segloss.toml").write_text("num-classes = 9")
    with pytest.raises(UsageError, match="is there already; --force"):
        init("data")
    assert Path("segloss.toml").read_text() == "num-classes = 9"
    init("data", force=True)
    assert settings(environ={}).num_classes == 3


def test_a_link_is_replaced_and_not_followed():
    data_set()
    Path("other.toml").write_text("")
    Path("segloss.toml").symlink_to("other.toml")
    init("data", force=True)
    assert Path("other.toml").read_text() == ""
    assert not Path("segloss.toml").is_symlink()


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("pyproject.toml", "is the project's own"),
        ("data/masks/a.png", "ends in .toml"),
        ("folder.toml", "is there already"),
        ("none/segloss.toml", "cannot be written"),
    ],
)
def test_where_it_cannot_be_written_is_one_line(output, says):
    data_set()
    Path("folder.toml").mkdir()
    before = Path("data/masks/a.png").read_bytes()
    with pytest.raises(UsageError, match=says) as error:
        init("data", output=output, force=True)
    assert output in str(error.value)
    assert Path("data/masks/a.png").read_bytes() == before


def test_without_labels_there_is_nothing_to_write():
    Path("data/images").mkdir(parents=True)
    with pytest.raises(UsageError, match="data"):
        init("data")
    Image.new("RGB", (8, 8)).save("data/images/a.jpg")
    with pytest.raises(UsageError, match="no label found"):
        init("data")
    with pytest.raises(UsageError, match="none"):
        init("none")
    assert not Path("segloss.toml").exists()


def test_a_preset_that_is_detected_is_set(capsys):
    for name in ("2007_000032", "2007_000033"):
        png(f"data/SegmentationClass/{name}.png", np.repeat([0, 15, 255, 20], 256).reshape(32, 32))
    init("data", output="-")
    text = capsys.readouterr().out
    assert parsed(text)["preset"] == "voc"
    assert "num-classes" not in parsed(text)
    assert "PASCAL VOC" in text


def test_a_contract_beside_the_data_is_named_and_not_repeated(capsys):
    data_set()
    Path("data/dataset.json").write_text(
        json.dumps({"labels": {"background": 0, "cell": 1, "rim": 2}, "file_ending": ".png", "numTraining": 2})
    )
    init("data", output="-")
    text = capsys.readouterr().out
    assert "dataset.json says what the labels are" in text
    assert "num-classes" not in parsed(text)


def seen(**known):
    return Seen(**{"path": "data", "ids": Ids(), "folders": {}, "splits": (), **known})


def test_names_from_outside_cannot_leave_their_line_or_act_on_a_terminal():
    evil = 'x"\nnum-classes = 7\n\x1b[31m'
    text = template(
        seen(path=evil, folders={"label": evil, "image": "a\udcff"}, splits=(evil,), about=(evil,), notes=(evil,))
    )
    made = parsed(text)
    assert made == {"labels": evil}
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("ids", "says", "keys"),
    [
        (Ids(2, 2, {0: 2, 1: 1}), "ids seen: 0 and 1, in 2 of 2 labels", {"num-classes": 2}),
        (Ids(2, 2, {0: 2}), "the highest id", {"num-classes": 2}),
        (Ids(2, 1, {0: 1, 1: 1}), "of some labels only", {}),
        (Ids(2, 2, {0: 1, 1: 1, 5: 1}), "higher ones may be missing", {}),
        (Ids(2, 2, {0: 2, 255: 2}), "255 is probably the foreground", {}),
        (Ids(2, 2, {0: 2, 40000: 2, 40001: 2}), "do not tell how many", {}),
        (
            Ids(2, 2, {0: 2, 1: 2, 255: 2}, (255,), (255,)),
            "thin, as borders are",
            {"num-classes": 2, "ignore-index": 255},
        ),
        (Ids(1, 1, {-1: 1, 0: 1, 1: 1}, (-1,)), "by its value", {"num-classes": 2, "ignore-index": -1}),
        (
            Ids(1, 1, {-1: 1, 0: 1, 1: 1, 255: 1}, (-1, 255)),
            "-1 and 255 is void",
            {"num-classes": 2, "ignore-index": [-1, 255]},
        ),
        (Ids(3, 3, coloured=3), "3 of them are coloured", {}),
        (Ids(3, 3, {0: 1, 1: 1}, odd=2), "2 of them are stored with loss", {}),
        (Ids(3, 3, unread=3), "no ids seen in 3 of 3 labels", {}),
    ],
)
def test_what_the_ids_tell(ids, says, keys):
    text = template(seen(ids=ids))
    assert says in text
    assert parsed(text) == keys


def test_it_is_a_command(capsys):
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command("init")(init)
    with pytest.raises(SystemExit) as stop:
        app(["--help"], prog_name="segloss init")
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("[PATH]", "--output", "--force", "Write a configuration"))
