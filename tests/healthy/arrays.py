"""Labels as arrays, soft labels, and predictions beside labels."""

import numpy as np
from segloss_test_healthy_drawn import (
    HealthySet,
    blob,
    objects,
    photo,
    regions,
    save,
    save_array,
    save_ids,
    smooth,
    some,
)


def _arrays(root, rng, dtype, void=None):
    for number in range(16):
        ids = regions(rng, [0, 1 + number % 4, *some(rng, range(1, 5), 1, 2)])
        if void is not None:
            ids = np.where(smooth(rng) > 1.3, void, ids)
        save(root / f"images/{number:03}.png", photo(rng, ids))
        save_array(root / f"labels/{number:03}.npy", ids.astype(dtype))


def int64(root, rng):
    _arrays(root, rng, np.int64)


def whole_floats(root, rng):
    _arrays(root, rng, np.float32)


def minus_one(root, rng):
    _arrays(root, rng, np.int64, void=-1)


def torchs_own(root, rng):
    _arrays(root, rng, np.int64, void=-100)


def stacks(root, rng):
    """A batch of labels in each file."""
    for number in range(6):
        ids = np.stack([regions(rng, [0, 1, 2]) for _ in range(4)])
        save_array(root / f"labels/part_{number}.npy", ids)


def multi_label(root, rng):
    """Planes that overlap: person, and what the person wears."""
    for number in range(16):
        person = blob(rng, radius=0.4)
        planes = np.stack([person, person & blob(rng), blob(rng) & (number % 3 > 0)]).astype(np.uint8)
        save(root / f"images/{number:03}.jpg", photo(rng, planes[0]))
        save_array(root / f"labels/{number:03}.npy", planes)


def one_hot(root, rng):
    for number in range(16):
        ids = regions(rng, [0, 1, 2, 3])
        save(root / f"images/{number:03}.jpg", photo(rng, ids))
        save_array(root / f"labels/{number:03}.npy", np.moveaxis(np.eye(4, dtype=np.float32)[ids], -1, 0))


def mattes(root, rng):
    """Alpha mattes of 8 bits: white, black and hair."""
    for number in range(24):
        alpha = np.clip(0.5 + (1.1 * blob(rng, radius=0.4) - 0.55) + 0.25 * smooth(rng, grain=24), 0, 1)
        save(root / f"images/{number:03}.jpg", photo(rng, (alpha > 0.5).astype(int)))
        save(root / f"alpha/{number:03}.png", np.round(255 * alpha).astype(np.uint8))


def matte_arrays(root, rng):
    for number in range(16):
        alpha = np.clip(0.5 + 0.8 * smooth(rng), 0, 1).astype(np.float32)
        save(root / f"images/{number:03}.jpg", photo(rng, (alpha > 0.5).astype(int)))
        save_array(root / f"labels/{number:03}.npy", alpha)


def smoothed(root, rng):
    """Label smoothing of 0.1 on two classes, baked into the arrays."""
    for number in range(16):
        inside = blob(rng)
        save(root / f"images/{number:03}.jpg", photo(rng, inside.astype(int)))
        save_array(root / f"labels/{number:03}.npy", np.where(inside, 0.95, 0.05).astype(np.float32))


def smoothed_one_hot(root, rng):
    """Label smoothing of 0.1 on four classes, one plane each."""
    for number in range(16):
        ids = regions(rng, [0, 1, 2, 3])
        soft = np.moveaxis(np.eye(4)[ids] * 0.9 + 0.025, -1, 0)
        save(root / f"images/{number:03}.jpg", photo(rng, ids))
        save_array(root / f"labels/{number:03}.npy", soft.astype(np.float32))


def _far(inside):
    """How far every pixel is from the nearest on the other side, roughly, negative within."""
    far = np.zeros(inside.shape, np.float32)
    now = inside
    for _ in range(12):
        grown = now.copy()
        grown[1:] |= now[:-1]
        grown[:-1] |= now[1:]
        grown[:, 1:] |= now[:, :-1]
        grown[:, :-1] |= now[:, 1:]
        far += ~grown
        now = grown
    return far


def distances(root, rng):
    """Signed distances to the border of an object."""
    for number in range(16):
        inside = blob(rng)
        save(root / f"images/{number:03}.jpg", photo(rng, inside.astype(int)))
        save_array(root / f"labels/{number:03}.npy", (_far(inside) - _far(~inside)) / np.float32(1.7))


def guessed(rng, ids, classes):
    """What a good network makes of it: logits that are unsure of fine borders, and wrong in places."""
    moved = np.roll(ids, rng.integers(-2, 3, 2), (0, 1))
    return np.stack([5 * (moved == value) + 2 * smooth(rng, grain=12) for value in range(classes)]).astype(np.float32)


def _scored(root, rng, of, write, count=16):
    """Labels, and good predictions of them: right in most pixels, in doubt at the borders."""
    for number in range(count):
        ids = regions(rng, [0, 1, 2, 3])
        hits = guessed(rng, ids, 4)
        save(root / f"images/{number:03}.jpg", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)
        write(root / f"predictions/{number:03}", of(hits))


def softmax(logits):
    powers = np.exp(logits - logits.max(0))
    return powers / powers.sum(0)


def _npy(path, scores):
    save_array(path.with_suffix(".npy"), scores)


def _png(path, ids):
    save_ids(path.with_suffix(".png"), ids)


def logits(root, rng):
    _scored(root, rng, lambda hits: hits, _npy)


def logits_of_half(root, rng):
    _scored(root, rng, lambda hits: hits.astype(np.float16), _npy)


def logits_in_a_batch(root, rng):
    _scored(root, rng, lambda hits: hits[None], _npy)


def probabilities(root, rng):
    _scored(root, rng, softmax, _npy)


def log_softmax_twice(root, rng):
    def twice(hits):
        once = hits - np.log(np.exp(hits).sum(0))
        return once - np.log(np.exp(once).sum(0))

    _scored(root, rng, twice, _npy)


def predicted_ids(root, rng):
    _scored(root, rng, lambda hits: hits.argmax(0), _png)


def _of_lesions(root, rng, of, white):
    for number in range(16):
        inside = blob(rng, radius=0.3)
        hits = np.diff(guessed(rng, inside, 2), axis=0)[0]
        save(root / f"images/{number:03}.jpg", photo(rng, inside.astype(int)))
        save(root / f"labels/{number:03}.png", (inside * white).astype(np.uint8))
        save_array(root / f"predictions/{number:03}.npy", of(hits)[None])


def binary_logits(root, rng):
    _of_lesions(root, rng, lambda hits: hits, 1)


def sigmoids(root, rng):
    _of_lesions(root, rng, lambda hits: 1 / (1 + np.exp(-hits)), 1)


def predicted_voc(root, rng):
    """Logits of 21 classes beside labels with a void border."""
    for number in range(12):
        ids = objects(rng, [1 + number, 15])
        hits = guessed(rng, ids, 21)
        edge = ids != np.roll(ids, 1, 0)
        save_ids(root / f"labels/{number:03}.png", np.where(edge, 255, ids))
        save_array(root / f"logits/{number:03}.npy", hits)


C4 = ("--num-classes", "4")
CE = (*C4, "--loss", "cross-entropy")
SETS = {
    "int64 arrays": HealthySet(int64, (("--num-classes", "5"),)),
    "whole floats": HealthySet(whole_floats, (("--num-classes", "5"),)),
    "arrays with -1": HealthySet(minus_one, (("--num-classes", "5", "--ignore-index=-1"),)),
    "arrays with -100": HealthySet(torchs_own, (("--num-classes", "5", "--ignore-index=-100"),)),
    "arrays of batches": HealthySet(stacks, (("--num-classes", "3"),)),
    "planes that overlap": HealthySet(multi_label, (("--task", "multilabel"),)),
    "one-hot planes": HealthySet(one_hot, (C4,)),
    "mattes": HealthySet(mattes, (("--ignore", "SL212"),)),
    "mattes in arrays": HealthySet(matte_arrays, (("--task", "binary"),)),
    "label smoothing": HealthySet(smoothed, (("--task", "binary"), ("--task", "binary", "--loss", "bce"))),
    "label smoothing of planes": HealthySet(smoothed_one_hot, ()),
    "distances": HealthySet(
        distances,
        (("--ignore", "SL216"),),
        unsaid={"SL216": "no loss of segmentation takes them; the message names them"},
    ),
    "logits": HealthySet(logits, (C4, CE, (*C4, "--loss", "focal"), (*C4, "--loss", "dice"))),
    "logits in float16": HealthySet(logits_of_half, (C4, CE)),
    "logits in batches of one": HealthySet(logits_in_a_batch, (C4, CE)),
    "probabilities": HealthySet(probabilities, (C4,)),
    "log_softmax twice": HealthySet(log_softmax_twice, (C4, (*C4, "--loss", "cross-entropy:like=torch"))),
    "predicted ids": HealthySet(predicted_ids, (C4,)),
    "binary logits": HealthySet(
        binary_logits, (("--task", "binary"), ("--task", "binary", "--loss", "bce", "--loss", "sigmoid-focal"))
    ),
    "sigmoids": HealthySet(sigmoids, (("--task", "binary"),)),
    "logits of VOC": HealthySet(
        predicted_voc,
        (("--num-classes", "21", "--ignore-index", "255"), ("--preset", "voc")),
        unsaid={"SL202": "the prediction has 21 channels, 255 is none of them, and nothing says that it is ignored"},
    ),
}
