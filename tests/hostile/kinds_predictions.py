"""Predictions against a label of five classes: every layout and kind of value, and everything that goes wrong in them."""

import numpy as np
from segloss_test_hostile_built import Kind, array, ids, saved
from segloss_test_hostile_kinds_arrays import objects

LABEL = ids()
CLASSES = 5
HEIGHT, WIDTH = LABEL.shape


def logits(classes=CLASSES):
    """Logits whose highest is the label's class nearly everywhere."""
    values = np.random.default_rng(9).normal(0, 1, (classes, HEIGHT, WIDTH)).astype(np.float32)
    for one in range(classes):
        values[one][one == LABEL] += 6
    return values


def probs():
    powers = np.exp(logits())
    return powers / powers.sum(0)


def planted(value, where=None, dtype=np.float32):
    """Logits with a value on some pixels."""
    values = logits().astype(dtype)
    values[:, LABEL == 255 if where is None else where] = value
    return values


SOME = np.zeros(LABEL.shape, bool)
SOME[5:9, 7:20] = True

PREDICTIONS = {
    "chw": Kind(lambda: array(logits())),
    "nchw": Kind(lambda: array(logits()[None])),
    "hwc": Kind(lambda: array(logits().transpose(1, 2, 0)), "SL310"),
    "nhwc": Kind(lambda: array(logits().transpose(1, 2, 0)[None]), "SL310"),
    "batch_of_2": Kind(lambda: array(np.stack([logits()] * 2)), "SL309"),
    "probs": Kind(lambda: array(probs())),
    "log_probs": Kind(lambda: array(np.log(probs()))),
    "argmax": Kind(lambda: array(logits().argmax(0))),
    "argmax_u1": Kind(lambda: array(logits().argmax(0).astype(np.uint8))),
    "uint8_probs": Kind(lambda: array((probs() * 255).round().astype(np.uint8))),
    "nan_some": Kind(lambda: array(planted(np.nan, SOME)), "SL316"),
    "nan_all": Kind(lambda: array(np.full((CLASSES, HEIGHT, WIDTH), np.nan, np.float32)), "SL316"),
    "nan_under_void": Kind(lambda: array(planted(np.nan)), "SL316"),
    "inf_some": Kind(lambda: array(planted(np.inf, SOME)), "SL316"),
    "inf_all": Kind(lambda: array(np.full((CLASSES, HEIGHT, WIDTH), np.inf, np.float32)), "SL316"),
    "minus_inf_all": Kind(lambda: array(np.full((CLASSES, HEIGHT, WIDTH), -np.inf, np.float32))),
    "e38": Kind(lambda: array(logits() * np.float32(1e37))),
    "f2_overflow": Kind(lambda: array(planted(np.inf, SOME, np.float16)), "SL316"),
    "f2": Kind(lambda: array(logits().astype(np.float16))),
    "constant": Kind(lambda: array(np.zeros((CLASSES, HEIGHT, WIDTH), np.float32))),
    "negative_probs": Kind(lambda: array(probs() - np.float32(0.3))),
    "unnormalised_probs": Kind(lambda: array(probs() * np.float32(0.5))),
    "sigmoids": Kind(lambda: array(1 / (1 + np.exp(-logits())))),
    "four_channels": Kind(lambda: array(logits()[:4]), "SL318"),
    "six_channels": Kind(lambda: array(np.concatenate([logits(), logits()[:1]])), "SL318"),
    "one_channel": Kind(lambda: array(logits()[:1])),
    "half_size": Kind(lambda: array(logits()[:, ::2, ::2]), "SL309"),
    "transposed": Kind(lambda: array(logits().transpose(0, 2, 1)), "SL309"),
    "off_by_one": Kind(lambda: array(logits()[:, :-1]), "SL309"),
    "flipped": Kind(lambda: array(logits()[:, ::-1].copy())),
    "shifted_classes": Kind(lambda: array(np.roll(logits(), 1, 0))),
    "big_endian": Kind(lambda: array(logits().astype(">f4"))),
    "fortran": Kind(lambda: array(np.asfortranarray(logits()))),
    "copy_of_the_label": Kind(lambda: array(LABEL)),
    "five_axes": Kind(lambda: array(logits()[None, None])),
}
"""Files ``predictions/NAME.npy``, each beside ``labels/NAME.png``."""

UNREADABLE = {
    "six_axes": Kind(lambda: array(np.stack([np.stack([logits()[None]] * 2)] * 2))),
    "one_axis": Kind(lambda: array(np.zeros(9, np.float32))),
    "objects": Kind(objects, says="never loaded"),
    "cut_off": Kind(lambda: array(logits())[:-50], says="cut off"),
    "empty": Kind(lambda: b"", says="0 bytes"),
    "a_photo": Kind(lambda: saved(np.stack([ids()] * 3, -1) * np.array([1, 2, 3], np.uint8), "PNG"), says="coloured"),
}
"""The same, of which no prediction can be read."""
