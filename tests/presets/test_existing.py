"""Contracts that lie beside the data are read, from the folder or the one above; what is damaged is said in a line."""

import json
import os
import sys

import pytest

from segloss_cli.presets import existing
from segloss_cli.types import Contract


def written(folder, **files):
    """Files of these names and texts in a folder."""
    for name, text in files.items():
        (folder / name).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return str(folder)


def found(folder, name, text):
    return existing(written(folder, **{name: text}))


def terms(found):
    contract = found.contract
    return contract.num_classes, contract.ignore, contract.names, contract.declared


def test_nothing_is_found_where_there_is_nothing(tmp_path):
    root = tmp_path / "a" / "b"
    root.mkdir(parents=True)
    written(root, **{"notes.txt": "a\nb", "train.txt": "x"})
    assert existing(str(root)) is None
    assert existing(str(root / "missing")) is None


# ---- nnU-Net

NNUNET = {
    "channel_names": {"0": "CT"},
    "labels": {"background": 0, "edema": 1, "core": 2, "ignore": 3},
    "numTraining": 2,
    "file_ending": ".png",
}


def test_nnunet_version_2(tmp_path):
    got = found(tmp_path, "dataset.json", NNUNET)
    names = ("background", "edema", "core")
    assert terms(got) == (3, {3}, names, {"num_classes", "ignore", "names", "consecutive"})
    assert got.contract.consecutive
    assert got.contract.preset == "dataset.json"
    assert got.path == os.path.join(str(tmp_path), "dataset.json")
    assert got.notes == ()
    assert got.layout.labels == ("labelsTr/{stem}.png",)
    assert got.layout.images == ("imagesTr/{stem}_0000.png",)


def test_nnunet_is_found_from_the_folder_of_its_labels(tmp_path):
    written(tmp_path, **{"dataset.json": NNUNET})
    (tmp_path / "labelsTr").mkdir()
    assert existing(str(tmp_path / "labelsTr")).contract.num_classes == 3


def test_nnunet_version_1(tmp_path):
    said = {"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "left", "2": "right"}}
    got = found(tmp_path, "dataset.json", said)
    assert terms(got)[:3] == (3, frozenset(), ("background", "left", "right"))
    assert not got.contract.says("ignore")
    assert "end in .nii.gz, which segloss does not read" in got.notes[0]


def test_nnunet_regions(tmp_path):
    said = {**NNUNET, "labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3, "ignore": 4}}
    got = found(tmp_path, "dataset.json", said)
    assert terms(got)[:3] == (4, {4}, ())
    assert not got.contract.says("names")
    assert "regions of several ids" in got.notes[0]


def test_nnunet_regions_of_one_id_are_labels(tmp_path):
    got = found(tmp_path, "dataset.json", {**NNUNET, "labels": {"background": 0, "a": [1]}})
    assert got.contract.names == ("background", "a")


def test_nnunet_gaps_are_said(tmp_path):
    got = found(tmp_path, "dataset.json", {**NNUNET, "labels": {"background": 0, "a": 1, "b": 4}})
    assert got.contract.num_classes == 5
    assert got.contract.names == ()
    assert "without gaps, and 2 below 4" in got.notes[0]


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ({}, "no classes"),
        ({"a": "b"}, "whole number is needed"),
        ({"a": 1.5}, "no whole number"),
        ({"a": True}, "no whole number"),
        ({"a": []}, "no whole number"),
        ({"a": [1, "2"]}, "no whole number"),
        ({"a": None}, "no whole number"),
        ({"a": -1}, "the id -1"),
        ({"a": 70000}, "the id 70000"),
        ({"background": 0, "a": [1, 99999]}, "the id 99999"),
        ({"ignore": 0}, "no classes"),
        ({"x" * 300: 0}, "300 characters"),
    ],
)
def test_nnunet_labels_that_make_no_sense(tmp_path, labels, says):
    got = found(tmp_path, "dataset.json", {**NNUNET, "labels": labels})
    assert got.contract == Contract()
    assert len(got.notes) == 1
    assert says in got.notes[0]
    assert got.notes[0].endswith("left aside")


@pytest.mark.parametrize("said", [[], {}, "7", {"labels": [1]}, {"labels": {"a": 1}}, {"name": "y", "files": []}])
def test_another_tool_s_dataset_json_is_passed_over(tmp_path, said):
    assert found(tmp_path, "dataset.json", said) is None


@pytest.mark.parametrize("ending", [7, "", "x" * 30, "png", "./../{x}"])
def test_nnunet_endings_that_are_none_give_no_layout(tmp_path, ending):
    got = found(tmp_path, "dataset.json", {**NNUNET, "file_ending": ending})
    assert got.contract.num_classes == 3
    assert got.layout.labels == ()


# ---- Ultralytics


def test_data_yaml_without_pyyaml_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    got = found(tmp_path, "data.yaml", "names: [a, b]\nmasks_dir: masks\n")
    assert got.contract == Contract()
    assert got.notes == ("data.yaml found, install segloss-cli[yaml] to read it",)


PLAIN = """
path: data
train: images/train
val: images/val
masks_dir: masks
names:
  0: background
  1: road
"""


@pytest.fixture
def yaml():
    return pytest.importorskip("yaml")


@pytest.mark.parametrize("name", ["data.yaml", "data.yml", "dataset.yaml"])
def test_data_yaml(tmp_path, yaml, name):
    got = found(tmp_path, name, PLAIN)
    assert terms(got) == (2, {255}, ("background", "road"), {"num_classes", "ignore", "names"})
    assert got.layout.images == ("images/{split}/{stem}.*",)
    assert got.layout.labels == ("masks/{split}/{stem}.png",)
    assert got.notes == ()


def test_data_yaml_with_a_list_and_a_number_that_disagree(tmp_path, yaml):
    got = found(tmp_path, "data.yaml", "nc: 3\nmasks_dir: masks\nnames: [a, 1]\n")
    assert got.contract.names == ("a", "1")
    assert "nc is 3, and there are 2 names" in got.notes[0]
    assert got.layout.labels == ()


def test_data_yaml_about_polygons_says_nothing_about_masks(tmp_path, yaml):
    got = found(tmp_path, "data.yaml", "names: [a, b]\ntrain: images/train\n")
    assert got.contract == Contract()
    assert "no masks_dir" in got.notes[0]


def test_data_yaml_with_gaps_has_no_names(tmp_path, yaml):
    got = found(tmp_path, "data.yaml", "masks_dir: m\nnames: {0: a, 5: b}\n")
    assert (got.contract.num_classes, got.contract.names) == (6, ())


def test_a_mapping_that_moves_ids_down_by_one_is_reduce_zero_label(tmp_path, yaml):
    text = "masks_dir: m\nnames: [a, b, c]\nlabel_mapping: {0: ignore_label, 1: 0, 2: 1, 3: 2}\n"
    got = found(tmp_path, "data.yaml", text)
    assert got.contract.reduce_zero_label
    assert got.contract.says("reduce_zero_label")
    assert got.contract.num_classes == 3
    assert got.contract.names == ("a", "b", "c")


def test_a_mapping_judges_the_ids_as_stored(tmp_path, yaml):
    text = "masks_dir: m\nnames: [road, sky]\nlabel_mapping: {-1: ignore_label, 0: 255, 1: ignore_label, 3: 0, 4: 1, 5: 1}\n"
    got = found(tmp_path, "data.yaml", text)
    contract = got.contract
    assert contract.num_classes == 6
    assert contract.ignore == {-1, 0, 1, 2, 255}
    assert contract.names == ("(ignored)", "(ignored)", "(ignored)", "road", "sky", "sky")
    assert contract.declared == {"num_classes", "names"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("names: 7\nmasks_dir: m", "no classes"),
        ("names: [[a]]\nmasks_dir: m", "neither a list nor a table"),
        ("names: {a: b}\nmasks_dir: m", "neither a list nor a table"),
        ("names: {-3: b}\nmasks_dir: m", "the id -3"),
        ("names: [a]\nmasks_dir: m\nlabel_mapping: [1]", "no table"),
        ("names: [a]\nmasks_dir: m\nlabel_mapping: {a: 0}", "ids or ignore_label are needed"),
        ("names: [a]\nmasks_dir: m\nlabel_mapping: {0: b}", "ids or ignore_label are needed"),
        ("names: [a]\nmasks_dir: m\nlabel_mapping: {99999: 0}", "ids or ignore_label are needed"),
        ("names: [a]\nmasks_dir: m\nlabel_mapping: {1: 4}", "the id 4, which has no name"),
        ("names: [a]\nmasks_dir: m\nlabel_mapping: {1: ignore_label}", "leaves no class"),
        ("names: [a]\nmasks_dir: m\nlabel_mapping: {-1: 0}", "maps a negative id"),
        ("names: [a\n", "no plain YAML (line 2)"),
        ("names: !!python/object/apply:os.system ['false']", "no plain YAML (line 1)"),
        ("names: {[a]: b}", "no plain YAML"),
        ("a: &a [x]\nnames: *a", "aliases"),
        ("\x00", "no plain YAML"),
        ("names: 2020-99-99", "cannot be parsed (ValueError)"),
        ("names: !!timestamp x", "cannot be parsed (AttributeError)"),
        ("[" * 5000, "cannot be parsed (RecursionError)"),
    ],
)
def test_data_yaml_that_makes_no_sense(tmp_path, yaml, text, says):
    got = found(tmp_path, "data.yaml", text)
    assert got.contract == Contract()
    assert len(got.notes) == 1
    assert says in got.notes[0]
    assert "\n" not in got.notes[0]


@pytest.mark.parametrize("text", ["", "[]", "train: x", "7"])
def test_another_tool_s_data_yaml_is_passed_over(tmp_path, yaml, text):
    assert found(tmp_path, "data.yaml", text) is None


def test_yaml_that_would_fill_the_memory_is_refused(tmp_path, yaml):
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 30)]
    got = found(tmp_path, "data.yaml", "\n".join([*lines, "names: [a]", "masks_dir: m"]))
    assert "aliases" in got.notes[0]


def test_a_star_in_a_text_is_no_alias(tmp_path, yaml):
    assert found(tmp_path, "data.yaml", PLAIN + "glob: '*.png'\n").contract.num_classes == 2


# ---- METAINFO

MMSEG = """
import os  # never imported
raise SystemExit("never run")


class MyDataset(BaseSegDataset):
    METAINFO = dict(
        classes=("sky", 'road',  # a comment
                 "car"),
        palette=[[0, 0, 0], [1, 1, 1], [2, 2, 2]])

    def __init__(self, img_suffix=".jpg", seg_map_suffix="_gtFine_labelTrainIds.png", reduce_zero_label=%s, **kwargs):
        super().__init__(**kwargs)
"""


def test_metainfo(tmp_path):
    got = found(tmp_path, "my_dataset.py", MMSEG % "False")
    assert terms(got) == (3, {255}, ("sky", "road", "car"), {"num_classes", "ignore", "names"})
    assert got.contract.preset == "my_dataset.py"
    assert got.contract.palette == ()
    assert got.layout.suffixes == ("_gtFine_labelTrainIds",)
    assert got.notes == ()


def test_metainfo_with_reduce_zero_label(tmp_path):
    got = found(tmp_path, "my_dataset.py", MMSEG % "True")
    assert got.contract.reduce_zero_label
    assert got.contract.says("reduce_zero_label")


@pytest.mark.parametrize(
    "text",
    [
        "METAINFO = {'classes': ('a', 'b')}",
        "metainfo = dict(classes=['a', 'b'], palette=[[0, 0, 0], [1, 1, 1]], dataset_type='x')\nx = 1",
        "METAINFO: dict = dict(classes=('a', 'b'))\n",
        "CLASSES = ('a', 'b')\nPALETTE = [[0, 0, 0], [1, 1, 1]]",
        "class A:\n    CLASSES = ['a',\n        'b']\n    PALETTE = None\n",
    ],
)
def test_the_ways_of_writing_metainfo(tmp_path, text):
    got = found(tmp_path, "a.py", text)
    assert got.contract.names == ("a", "b")
    assert got.contract.says("num_classes")


def test_a_palette_of_another_length_is_said(tmp_path):
    got = found(tmp_path, "a.py", "METAINFO = dict(classes=('a', 'b'), palette=[[0, 0, 0]])")
    assert "2 classes, and 1 colours" in got.notes[0]


def test_classes_alone_are_a_guess(tmp_path):
    got = found(tmp_path, "train.py", "CLASSES = ['cat', 'dog']\n")
    assert got.contract.num_classes == 2
    assert got.contract.declared == frozenset()
    assert "(a guess)" in got.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "METAINFO = load('x')",
        "METAINFO = dict(classes=open('/etc/passwd').read())",
        "METAINFO = dict(classes=('a',) * 9)",
        "METAINFO = dict(classes=OTHER)",
        "METAINFO = dict(palette=[])",
        "METAINFO = dict(classes=('a', 1))",
        "METAINFO = dict(classes=('a', 'b')",
        "METAINFO = dict(classes=(*x,))",
        "METAINFO = dict(classes=f'{1}')",
        "METAINFO = {[]: 1}",
        "METAINFO = {{}: 1}",
        "METAINFO = ",
        "METAINFO = 'a' 'b' +",
        "METAINFO = " + "[" * 50,
        "METAINFO = " + "-" * 9999 + "1",
        "METAINFO = " + "not " * 9999 + "1",
        "METAINFO = dict(a=1)" + "()" * 9999,
        "METAINFO = " + "1 + " * 9999 + "1",
        "METAINFO = x" + ".y" * 9999,
        "METAINFO = x" + "[0]" * 9999,
        "METAINFO = lambda: 0",
        "METAINFO = dict(classes=(" + "'a', " * 5000 + "))",
        "METAINFO = dict(classes='a b')",
        "METAINFO = dict(classes=())",
        "METAINFO = '''",
        "METAINFO = (1\n  2\n 3",
        "METAINFO = dict(classes=('a',))\nMETAINFO = dict(classes=('b',))",
    ],
)
def test_metainfo_that_is_no_plain_literal_is_left_aside(tmp_path, text):
    got = found(tmp_path, "a.py", text)
    assert got.contract == Contract()
    assert len(got.notes) == 1
    assert any(says in got.notes[0] for says in ("--names", "METAINFO", "cannot be parsed", "no classes"))
    assert "\n" not in got.notes[0]


def test_escapes_that_python_warns_about_are_silent(tmp_path, recwarn):
    got = found(tmp_path, "a.py", "METAINFO = dict(classes=('a\\d', 'b'))")
    assert got.contract.num_classes == 2
    assert len(recwarn) == 0


def test_scripts_without_classes_are_passed_over(tmp_path):
    assert found(tmp_path, "a.py", "print('METAINFO')\nx = CLASSES\n") is None


def test_scripts_of_the_folder_above_are_not_looked_at(tmp_path):
    written(tmp_path, **{"a.py": MMSEG % "True"})
    (tmp_path / "data").mkdir()
    assert existing(str(tmp_path / "data")) is None


# ---- lists of names


@pytest.mark.parametrize("name", ["class_names.txt", "classes.txt", "labels.txt"])
@pytest.mark.parametrize("text", ["_background_\ncat\ndog\n", "__ignore__\n_background_\r\ncat\ndog"])
def test_labelme_lists_are_declared(tmp_path, name, text):
    got = found(tmp_path, name, text)
    names = ("_background_", "cat", "dog")
    assert terms(got) == (3, {-1, 255}, names, {"num_classes", "ignore", "names"})
    assert got.notes == ()


@pytest.mark.parametrize(
    ("text", "names", "doubt"),
    [
        ("background\nroad\n", ("background", "road"), False),
        ("person\n\n# more\ncar\n", ("person", "car"), True),
        ("\ufeffperson\ncar", ("person", "car"), True),
        ("0: background\n1: road", ("background", "road"), False),
        ("1 road\n0 background", ("background", "road"), False),
        ("3d model\ncar", ("3d model", "car"), True),
        ("tv/monitor", ("tv/monitor",), True),
    ],
)
def test_other_lists_are_a_guess(tmp_path, text, names, doubt):
    got = found(tmp_path, "classes.txt", text)
    assert got.contract.names == names
    assert got.contract.num_classes == len(names)
    assert got.contract.declared == frozenset()
    assert "(a guess" in got.notes[0]
    assert ("background may not be among them" in got.notes[0]) is doubt


def test_void_in_a_list_is_guessed_to_be_ignored(tmp_path):
    got = found(tmp_path, "labels.txt", "0: unlabeled\n1: person\n2: void")
    assert got.contract.ignore == {0, 2}
    assert not got.contract.says("ignore")


def test_ids_with_gaps_have_no_names(tmp_path):
    got = found(tmp_path, "labels.txt", "0: a\n7: b")
    assert (got.contract.num_classes, got.contract.names) == (8, ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no classes"),
        ("\n#x\n", "no classes"),
        ("0: a\n0: b", "two names one id"),
        ("99999: a", "the id 99999"),
        ("a" * 201, "201 characters"),
        ("\n".join(map(str, range(10_001))), "10,001 classes"),
        ("__ignore__\n", "no classes"),
    ],
)
def test_lists_that_make_no_sense(tmp_path, text, says):
    got = found(tmp_path, "classes.txt", text)
    assert got.contract == Contract()
    assert says in got.notes[0]


def test_lists_of_files_are_passed_over(tmp_path):
    assert found(tmp_path, "labels.txt", "train/a.png train/b.png\n") is None


# ---- tables


def test_class_dict(tmp_path):
    got = found(tmp_path, "class_dict.csv", "name,r,g,b\nSky,128,128,128\n Road , 128, 64,128\nVoid,0,0,0\n\n")
    contract = got.contract
    assert contract.names == ("Sky", "Road", "Void")
    assert contract.palette == ((128, 128, 128), (128, 64, 128), (0, 0, 0))
    assert contract.coded
    assert contract.declared == {"num_classes", "names", "palette", "coded"}
    assert contract.ignore == {2}


def test_class_dict_without_a_head(tmp_path):
    assert found(tmp_path, "class_dict.csv", "a,0,0,0\nb,1,1,1").contract.names == ("a", "b")


def test_colours_that_are_there_twice_are_said(tmp_path):
    got = found(tmp_path, "class_dict.csv", "a,0,0,0\nb,0,0,0")
    assert "1 of the 2 colours" in got.notes[0]


def test_cvat_labelmap(tmp_path):
    text = "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:128,0,0::\n"
    got = found(tmp_path, "labelmap.txt", text)
    assert got.contract.names == ("background", "cat")
    assert got.contract.palette == ((0, 0, 0), (128, 0, 0))


@pytest.mark.parametrize("text", ["background\ncat\n", "", "a:1,2,3::\nb"])
def test_another_tool_s_labelmap_is_passed_over(tmp_path, text):
    assert found(tmp_path, "labelmap.txt", text) is None


def test_camvid_label_colors(tmp_path):
    got = found(tmp_path, "label_colors.txt", "64 128 64\tAnimal\n192 0 128\t\tArch way\n\n# x\n")
    assert got.contract.names == ("Animal", "Arch way")
    assert got.contract.palette == ((64, 128, 64), (192, 0, 128))


def test_roboflow_classes(tmp_path):
    text = "Pixel Value, Class\n0, background\n1, cat\n"
    for folder in (tmp_path / "one", tmp_path / "two" / "train"):
        folder.mkdir(parents=True)
        written(folder, **{"_classes.csv": text})
    got = existing(str(tmp_path / "one"))
    assert terms(got) == (2, frozenset(), ("background", "cat"), {"num_classes", "names"})
    assert got.layout.suffixes == ("_mask",)
    assert existing(str(tmp_path / "two")).contract == got.contract


def test_another_tool_s_classes_csv_is_passed_over(tmp_path):
    assert found(tmp_path, "_classes.csv", "filename, cat, dog\na.jpg, 1, 0\n") is None


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("class_dict.csv", "name,r,g,b\na,0,0", "3 columns in row 2"),
        ("class_dict.csv", "a,0,0,256", "three numbers"),
        ("class_dict.csv", "a,0,0,0\nb,x,y,z", "three numbers"),
        ("class_dict.csv", "a,0,0,0\nb,-1,0,0", "three numbers"),
        ("class_dict.csv", 'a,0,0,0\n"' + "x" * 200_000 + '",0,0,1', "no CSV"),
        ("labelmap.txt", "a:999,0,0::", "three numbers"),
        ("label_colors.txt", "64 128 64 Animal\nnonsense", "r g b name is needed"),
        ("label_colors.txt", "999 0 0 Animal", "three numbers"),
        ("_classes.csv", "0, a\n1", "no pixel value and class"),
        ("_classes.csv", "123456, a", "no pixel value and class"),
        ("_classes.csv", "99999, a", "the id 99999"),
    ],
)
def test_tables_that_make_no_sense(tmp_path, name, text, says):
    got = found(tmp_path, name, text)
    assert got.contract == Contract()
    assert says in got.notes[0]
    assert len(got.notes[0]) < 400


# ---- which file counts


def test_the_most_telling_file_counts(tmp_path):
    root = written(tmp_path, **{"dataset.json": NNUNET, "classes.txt": "a\nb", "a.py": MMSEG % "False"})
    assert existing(root).contract.preset == "dataset.json"


def test_a_damaged_file_does_not_hide_another(tmp_path):
    got = existing(written(tmp_path, **{"dataset.json": "{", "class_names.txt": "_background_\na"}))
    assert got.contract.preset == "class_names.txt"
    assert "is no JSON (line 1" in got.notes[0]


def test_the_folder_counts_before_the_one_above(tmp_path):
    root = tmp_path / "data"
    root.mkdir()
    written(tmp_path, **{"dataset.json": NNUNET})
    written(root, **{"class_names.txt": "_background_\na"})
    assert existing(str(root)).contract.preset == "class_names.txt"


def test_a_relative_folder_has_one_above_it(tmp_path, monkeypatch):
    written(tmp_path, **{"class_names.txt": "_background_\na"})
    (tmp_path / "labels").mkdir()
    monkeypatch.chdir(tmp_path / "labels")
    assert existing(".").contract.num_classes == 2
