"""Which files and folders a search for labels passes over, by their names alone."""

from __future__ import annotations

from segloss_cli.scan._folder_names import each_of
from segloss_cli.scan._text_suffixes import TEXT_SUFFIXES

TEXT = "text and code"
HIDDEN = "hidden"
SYSTEM = "files of the system and of editors"
OTHER = "archives, models, videos and documents"
UNREAD = "formats that segloss does not read"
UNREAD_IMAGES = "images of formats that segloss does not read"
FURTHER = "further images of a label"
UNPREDICTED = "images without a prediction"
EXCLUDED = "excluded"
NOT_INCLUDED = "not included"

_TEXT = (
    ".asc .bat .bib .c .cc .cfg .cmake .cmd .conf .cpp .css .cu .cuh .data .env .geojson .go .gpx .h .hpp .java .jgw "
    ".js .jsx .kml .lst .lua .m .names .pbtxt .pgw .pl .prj .properties .proto .prototxt .ps1 .pyi .pyx .r .rb .rs "
    ".sha256 .md5 .sql .srt .swift .tex .tfw .ts .tsx .wld .gitignore"
)
_OTHER = (
    ".7z .ai .aup .avi .bin .bz2 .caffemodel .ckpt .csvz .db .dbf .doc .docx .engine .fig .fits .gz .heic .joblib .key "
    ".lmdb .mdb .mkv .mov .mp3 .mp4 .mpg .mpeg .o .onnx .ods .odt .parquet .pb .pdf .pickle .pkl .ppt .pptx .psd .pt "
    ".pth .pyc .pyd .pyo .rar .safetensors .shp .shx .so .sqlite .svg .tar .tbz2 .tflite .tfrecord .tgz .ttf .wav "
    ".weights .webm .whl .xcf .xls .xlsx .xz .zip .zst"
)
_SYSTEM = ".bak .crdownload .lnk .lock .ovr .part .swp .tmp .url"
_UNREAD = ".dcm .exr .h5 .hdf .hdf5 .hdr .jxl .mat .mha .mhd .mrc .nc .ndpi .nii .nrrd .svs .zarr"

_BY_SUFFIX: dict[str, str] = {
    **each_of(_OTHER, OTHER),
    **each_of(_SYSTEM, SYSTEM),
    **dict.fromkeys(TEXT_SUFFIXES, TEXT),
    **each_of(_TEXT, TEXT),
    **each_of(_UNREAD, UNREAD),
}
_BY_NAME = {
    **each_of(
        "authors changelog checksums citation copying dockerfile install licence license makefile manifest md5sums "
        "notice readme sha256sums todo version",
        TEXT,
    ),
}
_FOLDERS = frozenset(
    ["__MACOSX", "__pycache__", "node_modules", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"]
)


def reason_for(name: str) -> str:
    """Why a file is passed over; empty for one that may hold a picture, which all others may.

    >>> reason_for("a.png"), reason_for("notes.TXT"), reason_for("._a.png"), reason_for("a.nii.gz"), reason_for("NOEXT")
    ('', 'text and code', 'hidden', 'formats that segloss does not read', '')
    """
    if name[0] == ".":
        return HIDDEN
    dot = name.rfind(".")
    if dot < 0:
        return _BY_NAME.get(name.lower(), "")
    suffix = name[dot:]
    if suffix == ".png":
        return ""
    reason = _BY_SUFFIX.get(suffix.lower(), "")
    if suffix == ".gz" and name.endswith(".nii.gz"):
        return UNREAD
    return SYSTEM if name[-1] == "~" else reason


def is_passed_folder(name: str) -> bool:
    """Whether a folder is not looked into: hidden ones, caches, what systems leave in archives."""
    return name[0] == "." or name in _FOLDERS
