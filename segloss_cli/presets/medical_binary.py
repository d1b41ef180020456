"""Binary medical masks: 0 is background, any other value is foreground.

## What the labels are
One band with two values: 0 and 255, 0 and 1, 0 and 65535, or a palette whose second colour is white (DRIVE's GIFs
hold 251). 255 is the foreground, and is not ignored. ISIC, DRIVE, CHASE, STARE, Kvasir-SEG, CVC-ClinicDB and most
others are stored so.

## Traps
With `ignore_index=255`, the default of many frameworks, all foreground is dropped and the loss falls to 0 (SL203).
Fed to a binary loss as they are, values of 255 give losses of -83 and worse (SL208): write `label = (label > 0)` in
the loader. This preset declares that you do, and leaves SL208 out.

One folder may mix {0, 1} and {0, 255}: SL606 says so. Kvasir's masks are JPEG and hold greys (SL101). DRIVE's
`*_training_mask.gif` is the field of view, no label.

## Reference
N. Codella et al.: Skin Lesion Analysis Toward Melanoma Detection, ISBI 2018; J. Staal, M. Abramoff, M. Niemeijer, M.
Viergever, B. van Ginneken: Ridge-Based Vessel Segmentation in Color Images of the Retina, IEEE Transactions on
Medical Imaging 23, 2004; D. Jha et al.: Kvasir-SEG: A Segmented Polyp Dataset, MMM 2020.
"""

from __future__ import annotations

from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="medical-binary",
    title="binary medical masks",
    num_classes=2,
    task="binary",
    stored=((0, 65535),),
    without=("SL208",),
    assumed=frozenset({"num_classes", "task"}),
    layout=Layout(
        images=("images/{stem}.jpg",),
        labels=("masks/{stem}.png",),
        suffixes=("_segmentation", "_Segmentation", "_mask", "_manual1", "_1stHO"),
    ),
)
