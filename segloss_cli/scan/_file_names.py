"""What the name of a file says of it: the words that data sets put before and after the name of a picture."""

from __future__ import annotations

from segloss_cli.scan._folder_names import INSTANCES, MEASURED, PAINTED, Part, each_of, words_in

FIELD_OF_VIEW = "masks of the field of view"
PARTS = "parts of objects"

_LABEL = words_in(
    "mask masks label labels labelids labeltrainids trainids labelmap gtfine gtcoarse gt groundtruth truth seg "
    "segmentation segmap annotation annotations anno annot manual manual1 manual2 1stho 2ndho trimap ah vk"
)
_IMAGE = words_in("leftimg8bit sat")
_PREDICTION = words_in(
    "pred preds prediction predictions predicted logit logits prob probs probabilities softmax sigmoid scores"
)
_ASIDE = {
    **each_of("instanceids instancetrainids instance instances panoptic", INSTANCES),
    **each_of("color colour colored vis viz overlay visualization", PAINTED),
    **each_of("depth disparity disp", MEASURED),
}
_STRONG: dict[str, tuple[Part, str]] = {
    **dict.fromkeys(_LABEL, ("label", "")),
    **dict.fromkeys(_IMAGE, ("image", "")),
    **dict.fromkeys(_PREDICTION, ("prediction", "")),
    **{word: ("aside", reason) for word, reason in _ASIDE.items()},
}
_WEAK: dict[str, Part] = {
    **dict.fromkeys(("l", "p"), "label"),
    **each_of("img image images rgb rgbir irrg photo input training test orig original raw", "image"),
    **each_of("out output outputs result", "prediction"),
}
"""Words that say something only where a picture of that name lies beside."""

_NOTHING: tuple[Part, str] = ("", "")

USUAL = _LABEL | _IMAGE | _PREDICTION
"""What data sets put after the name of a picture, in small letters."""

STRIPPED = frozenset([*_LABEL, *_IMAGE, *_PREDICTION, *_ASIDE, *_WEAK, "ground", "id"])
_PREFIXES = words_in("img image images mask masks label labels gt seg pred prediction rgb")
_FRAMED = frozenset(["training", "test"])
JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")
ARRAYS = (".npy", ".npz")


def stem_of(name: str) -> str:
    """The name of a file without its extension, or the two of ``.nii.gz``.

    >>> stem_of("a.b.png"), stem_of("case_0000.nii.gz"), stem_of("NOEXT")
    ('a.b', 'case_0000', 'NOEXT')
    """
    dot = name.rfind(".")
    if dot <= 0:
        return name
    if name[-1] == "z" and name.endswith(".nii.gz"):
        return name[:-7]
    return name[:dot]


def tail_of(stem: str) -> tuple[str, str]:
    """The stem before its last separator, and the word after it in small letters; without one, no word.

    >>> tail_of("X_gtFine_labelIds"), tail_of("benign (1)_mask"), tail_of("im0001.ah"), tail_of("mask")
    (('X_gtFine', 'labelids'), ('benign (1)', 'mask'), ('im0001', 'ah'), ('mask', ''))
    """
    head, _, word = stem.rpartition("_")
    if word.isalnum():
        return (head, word.lower()) if head else (stem, "")
    at = max(stem.rfind("_"), stem.rfind("-"), stem.rfind("."), stem.rfind(" "))
    return (stem[:at], stem[at + 1 :].lower()) if at > 0 else (stem, "")


def part_of_file(name: str) -> tuple[Part, str]:
    """The same of a file's name, and at once of one that ends in a long number."""
    dot = name.rfind(".")
    return _NOTHING if name[dot - 4 : dot].isdigit() else part_of(stem_of(name))


def part_of(stem: str) -> tuple[Part, str]:
    """What the end of a name says that the file is, and why it is put aside if it is.

    >>> part_of("a_gtFine_labelIds"), part_of("a_instanceIds")[0], part_of("X_mask_1"), part_of("a_leftImg8bit")
    (('label', ''), 'aside', ('label', ''), ('image', ''))
    """
    head, word = tail_of(stem)
    if word in _STRONG:
        return _label_part(head, word) if word in _LABEL else _STRONG[word]
    if word == "rgb":
        return _isaid_part(head)
    return _numbered_part(head) if word.isdigit() else _NOTHING


def weak_part_of(stem: str) -> tuple[Part, str]:
    """What a name may say where the rest of it, the second value, is the name of a picture beside it.

    >>> weak_part_of("0016E5_L"), weak_part_of("a_b")
    (('label', '0016E5'), ('', ''))
    """
    head, word = tail_of(stem)
    return (_WEAK[word], head) if word in _WEAK else ("", "")


def bare(stem: str) -> str:
    """The stem without the usual words after it.

    >>> bare("a_leftImg8bit"), bare("a_gtFine_labelIds"), bare("X (1)_mask_1"), bare("mask")
    ('a', 'a', 'X (1)', 'mask')
    """
    found = stem
    while True:
        head, word = tail_of(found)
        if word.isdigit() and tail_of(head)[1] in _LABEL:
            head, word = tail_of(head)
        if word not in STRIPPED:
            return found
        found = head


def core(stem: str) -> str:
    """The stem without the usual words after it and the one before it.

    >>> core("img-000001"), core("mask_a_gt"), core("Image_01L_1stHO"), core("mask_")
    ('000001', 'a', '01L', 'mask_')
    """
    stem = bare(stem)
    for at, letter in enumerate(stem):
        if letter in "_-":
            return stem[at + 1 :] if stem[:at].lower() in _PREFIXES and at + 1 < len(stem) else stem
    return stem


def _label_part(head: str, word: str) -> tuple[Part, str]:
    # DRIVE: 21_manual1.gif is the truth, 21_training_mask.gif says where the retina is
    before, frame = tail_of(head)
    if word == "mask" and frame in _FRAMED and before.isdigit():
        return "aside", FIELD_OF_VIEW
    return "label", ""


def _isaid_part(head: str) -> tuple[Part, str]:
    # iSAID: P0000_instance_color_RGB.png are the classes, P0000_instance_id_RGB.png the instances
    before, word = tail_of(head)
    if tail_of(before)[1] != "instance" or word not in {"color", "id"}:
        return "", ""
    return ("label", "") if word == "color" else ("aside", INSTANCES)


def _numbered_part(head: str) -> tuple[Part, str]:
    word = tail_of(head)[1]
    if word == "parts":
        return "aside", PARTS
    return ("label", "") if word in _LABEL else ("", "")
