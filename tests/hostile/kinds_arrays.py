"""Arrays that are damaged, dishonest, or run code when they are loaded without thought; and odd but honest ones."""

import io
import os
import pickle
import struct
import zipfile
from functools import partial

import numpy as np
from segloss_test_hostile_built import Kind, array, arrays, build_npy, healthy, part, zipped
from segloss_test_hostile_kinds_images import SMALL

CANARY = "canary"
"""The file that hostile files try to make in the current folder."""

PLAIN = "{'descr': '|u1', 'fortran_order': False, 'shape': (48, 64), }"
BODY = SMALL.tobytes()
SIGNED = np.where(SMALL == 4, -1, SMALL.astype(np.int64))


class Touch:
    """Makes the canary when it is unpickled."""

    def __reduce__(self):
        return os.system, (f"touch {CANARY}",)


def said(shape="(48, 64)", descr="'|u1'", fortran="False", *, body=BODY, version=(1, 0), more=""):
    """An .npy whose header says this."""
    return build_npy(f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, {more}}}\n", body, version)


def pickled():
    return pickle.dumps(Touch())


def objects():
    values = np.empty((2, 2), object)
    values.fill(Touch())
    return array(values, allow_pickle=True)


def bomb(size=257 << 20):
    """An .npz of a few hundred kilobytes that unpacks to hundreds of megabytes."""
    file = io.BytesIO()
    head = said(f"(1, {size})", body=b"")
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("gt.npy", "w") as member,
    ):
        member.write(head)
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    return file.getvalue()


def lying_size():
    """An .npz whose directory says that the member is small, which it is not."""
    data = bytearray(arrays(compressed=True, gt=np.zeros((2000, 2000), np.uint8)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 300)
    return bytes(data)


def bad_crc():
    """An .npz with a changed byte in its values."""
    data = bytearray(arrays(gt=SMALL))
    data[data.index(BODY) + 100] ^= 1
    return bytes(data)


def encrypted():
    """An .npz that claims to be encrypted."""
    data = bytearray(arrays(gt=SMALL))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def same_names():
    """An .npz with two members of one name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("gt.npy", array(SMALL))
        archive._didModify = True
        archive.NameToInfo.clear()
        archive.writestr("gt.npy", array(SMALL + 1))
    return file.getvalue()


def signalling():
    """A NaN of the kind that makes processors speak up, as a flipped bit makes it."""
    values = SMALL.astype(np.float32)
    values.view(np.uint32)[5, 5] = 0x7F800001
    return array(values)


def member_called(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, array(SMALL))
    return file.getvalue()


BROKEN = {
    # code that would run
    "objects.npy": Kind(objects, says="never loaded"),
    "bare_pickle.npy": Kind(pickled, says="never loaded"),
    "pickle_0.npy": Kind(lambda: pickle.dumps(Touch(), 0), says="text file"),
    "objects_inside.npz": Kind(lambda: zipped(gt_npy=objects()), says="never loaded"),
    "pickle_inside.npz": Kind(lambda: zipped(gt_npy=pickled())),
    "torch.npz": Kind(lambda: zipped(data_pkl=pickled()), says="PyTorch"),
    "code_in_header.npy": Kind(lambda: said(f"__import__('os').system('touch {CANARY}')")),
    "code_as_header.npy": Kind(lambda: build_npy(f"__import__('os').system('touch {CANARY}')", BODY)),
    "code_in_dtype.npy": Kind(lambda: said(descr=f"__import__('os').system('touch {CANARY}')")),
    # cut off
    "six_bytes.npy": Kind(lambda: array(SMALL)[:6]),
    "cut_in_header.npy": Kind(lambda: array(SMALL)[:40]),
    "only_header.npy": Kind(lambda: array(SMALL)[:128], says="cut off"),
    "cut_body.npy": Kind(lambda: part(array(SMALL), 0.5), says="cut off"),
    "one_byte_short.npy": Kind(lambda: array(SMALL)[:-1], says="cut off"),
    "cut_off.npz": Kind(lambda: part(arrays(gt=SMALL), 0.5)),
    "cut_member.npz": Kind(lambda: zipped(gt_npy=part(array(SMALL), 0.5)), says="cut off"),
    "changed_byte.npz": Kind(bad_crc),
    "lying_size.npz": Kind(lying_size),
    "encrypted.npz": Kind(encrypted),
    # headers
    "tebibytes.npy": Kind(lambda: said("(2000000, 20000000)"), says="promises"),
    "overflow.npy": Kind(lambda: said("(9223372036854775807, 9223372036854775807)")),
    "huge_number.npy": Kind(lambda: said(f"({'9' * 5000}, 2)")),
    "negative.npy": Kind(lambda: said("(-48, -64)")),
    "minus_one.npy": Kind(lambda: said("(-1, 64)")),
    "bool_axis.npy": Kind(lambda: said("(True, 64)")),
    "text_axis.npy": Kind(lambda: said("('48', '64')")),
    "float_axis.npy": Kind(lambda: said("(48.0, 64)")),
    "list_shape.npy": Kind(lambda: said("[48, 64]")),
    "none_shape.npy": Kind(lambda: said("None")),
    "deep_header.npy": Kind(lambda: said("(" * 3000 + ")" * 3000)),
    "deep_list.npy": Kind(lambda: build_npy("[" * 5000 + "]" * 4999, BODY)),
    "long_header.npy": Kind(lambda: said("(48, 64)" + " " * 200_000, version=(2, 0))),
    "header_of_4_gib.npy": Kind(lambda: b"\x93NUMPY\x02\0" + b"\xff\xff\xff\xff" + PLAIN.encode()),
    "version_9.npy": Kind(lambda: said(version=(9, 0)), says="version"),
    "version_0.npy": Kind(lambda: said(version=(0, 0)), says="version"),
    "no_utf8.npy": Kind(lambda: build_npy(b"{'descr': '\xff\xfe'}", BODY, (3, 0))),
    "nul_in_header.npy": Kind(lambda: build_npy("{'descr': '|u1'\0}", BODY)),
    "more_keys.npy": Kind(lambda: said(more="'x': 1")),
    "key_missing.npy": Kind(lambda: build_npy("{'descr': '|u1', 'shape': (48, 64)}", BODY)),
    "no_dict.npy": Kind(lambda: build_npy("['descr']", BODY)),
    "unhashable.npy": Kind(lambda: build_npy("{[]: 1}", BODY)),
    "order_is_text.npy": Kind(lambda: said(fortran="'yes'")),
    "control_codes.npy": Kind(lambda: said(descr="'\\x1b[31m\\n[bold]'")),
    # dtypes
    "structured.npy": Kind(lambda: array(np.zeros((4, 4), [("id", "u1"), ("p", "f4")])), says="structured"),
    "structured_objects.npy": Kind(lambda: said("(2,)", "[('a', 'O')]"), says="structured"),
    "complex.npy": Kind(lambda: array(np.zeros((4, 4), complex)), says="complex"),
    "dates.npy": Kind(lambda: array(np.zeros((4, 4), "M8[D]")), says="dates"),
    "spans.npy": Kind(lambda: array(np.zeros((4, 4), "m8[s]")), says="time spans"),
    "text.npy": Kind(lambda: array(np.full((4, 4), "road")), says="text"),
    "bytes.npy": Kind(lambda: array(np.full((4, 4), b"road")), says="bytes"),
    "void.npy": Kind(lambda: array(np.zeros((4, 4), "V8")), says="raw bytes"),
    "unknown_type.npy": Kind(lambda: said(descr="'|q9'")),
    "width_3.npy": Kind(lambda: said(descr="'<u3'")),
    # shapes
    "scalar.npy": Kind(lambda: array(np.uint8(3)), says="shape"),
    "one_axis.npy": Kind(lambda: array(np.zeros(64, np.uint8)), says="shape"),
    "five_axes.npy": Kind(lambda: array(np.zeros((2, 3, 2, 4, 5), np.uint8)), says="shape"),
    "thirty_two_axes.npy": Kind(lambda: array(np.zeros((1,) * 32, np.uint8)), says="32 axes"),
    "no_values.npy": Kind(lambda: array(np.zeros((0, 64), np.uint8)), says="no values"),
    # archives
    "no_member.npz": Kind(zipped, says="without .npy"),
    "two_members.npz": Kind(lambda: arrays(gt=SMALL, other=SMALL), says="2 arrays"),
    "text_member.npz": Kind(lambda: zipped(readme_txt=b"hello"), says="without .npy"),
    "empty_member.npz": Kind(lambda: zipped(gt_npy=b"")),
    "nested.npz": Kind(lambda: zipped(gt_npy=arrays(gt=SMALL))),
    "only_directory.npz": Kind(lambda: b"PK\x05\x06" + b"\xff" * 18),
}

"""None of them can be read, and nothing in them runs."""

ODD = {
    "fortran.npy": Kind(lambda: array(np.asfortranarray(SMALL))),
    "big_endian.npy": Kind(lambda: array(SMALL.astype(">i4"))),
    "bool.npy": Kind(lambda: array(SMALL > 0)),
    "u2.npy": Kind(lambda: array(SMALL.astype("u2"))),
    "u4.npy": Kind(lambda: array(SMALL.astype("u4"))),
    "u8.npy": Kind(lambda: array(SMALL.astype("u8"))),
    "i1.npy": Kind(lambda: array(SIGNED.astype("i1")), "SL202"),
    "f2.npy": Kind(lambda: array(SMALL.astype("f2"))),
    "f8.npy": Kind(lambda: array(SMALL.astype("f8"))),
    "longdouble.npy": Kind(lambda: array(SMALL.astype(np.longdouble))),
    "minus_1.npy": Kind(lambda: array(SIGNED), "SL202", "-1"),
    "two_to_40.npy": Kind(lambda: array(np.where(SMALL == 4, 2**40, SMALL.astype(np.int64))), "SL201", "1099511627776"),
    "lowest.npy": Kind(lambda: array(np.where(SMALL == 4, -(2**63), SMALL.astype(np.int64))), "SL201"),
    "highest.npy": Kind(lambda: array(np.where(SMALL == 4, 2**64 - 1, SMALL.astype(np.uint64))), "SL201"),
    "all_nan.npy": Kind(lambda: array(np.full((8, 8), np.nan)), "", "NaN"),
    "infinite.npy": Kind(lambda: array(np.where(SMALL == 4, np.inf, SMALL)), "SL107", "infinity"),
    "signalling_nan.npy": Kind(signalling, "SL107", "NaN"),
    "huge_floats.npy": Kind(lambda: array(np.where(SMALL == 4, 1e300, SMALL))),
    "version_3.npy": Kind(lambda: said(version=(3, 0))),
    "version_2.npy": Kind(lambda: said(version=(2, 0))),
    "after_the_end.npy": Kind(lambda: array(SMALL) + pickled()),
    "batch.npy": Kind(lambda: array(SMALL[None])),
    "last_axis_1.npy": Kind(lambda: array(SMALL[..., None])),
    "colours.npy": Kind(lambda: array(np.stack([SMALL] * 3, -1))),
    "one_value.npy": Kind(lambda: array(np.zeros((1, 1), np.uint8))),
    "one_member.npz": Kind(lambda: arrays(gt=SMALL)),
    "compressed.npz": Kind(lambda: arrays(compressed=True, gt=SMALL)),
    "same_names.npz": Kind(same_names),
    "member_above.npz": Kind(partial(member_called, "../../canary.npy")),
    "member_of_control_codes.npz": Kind(partial(member_called, "\x1b[31m[bold]\n.npy")),
    "picture.npy": Kind(healthy, "SL112"),
}
"""Read as they are."""
