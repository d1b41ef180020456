"""File names that terminals, markup, shells and formats of reports would act on."""

import os

CANARY = "canary"

NAMES = {
    "composed": "\u00e9.png",
    "decomposed": "e\u0301.png",
    "emoji": "\U0001f600.png",
    "other_scripts": "\u8def\u0634\u0627\u0631\u0639.png",
    "many_marks": "a" + "\u0301\u0316" * 30 + ".png",
    "markup": "[red]markup[",  # a folder; the file in it closes the markup
    "markup_open": "[bold.png",
    "markup_close": "[bold red]x[",
    "markup_link": "[link=evil.example]x.png",
    "markup_handler": "[@click=app.quit]x.png",
    "newline": "new\nline.png",
    "newline_command": "x\n::error file=a::injected.png",
    "tab": "tab\tx.png",
    "carriage_return": "return\rx.png",
    "colour": "\x1b[38;5;199mcolour\x1b[0m.png",
    "clear_screen": "\x1b[2J\x1b[Hclear.png",
    "title": "\x1b]0;injected\x07.png",
    "link_of_terminal": "\x1b]8;;evil.example\x1b\\x.png",
    "bell": "bell\x07.png",
    "backspace": "back\x08\x08space.png",
    "delete": "delete\x7f.png",
    "c1_sequence": "c1\u009b38;5;199m.png",
    "next_line": "next\u0085line.png",
    "line_separator": "line\u2028separator.png",
    "paragraph_separator": "paragraph\u2029separator.png",
    "right_to_left": "\u202egnp.exe.png",
    "isolate": "\u2066isolate.png",
    "zero_width": "zero\u200bwidth.png",
    "byte_order_mark": "\ufeffmark.png",
    "private_use": "private\ue000use.png",
    "not_a_character": "not\uffffone.png",
    "option": "-rf.png",
    "long_option": "--help.png",
    "spaces": "  spaces  .png",
    "formats": "%s%n%x.png",
    "braces": "{0}{x!r}.png",
    "quotes": "'single\"double`back.png",
    "substitution": f"$(touch {CANARY}).png",
    "backticks": f"`touch {CANARY}`.png",
    "commands": f";touch {CANARY};&touch {CANARY}|x.png",
    "backslash": "back\\slash\\n.png",
    "wildcards": "star*what?.png",
    "class_of_characters": "[a-z].png",
    "emoji_code": ":smile:.png",
    "formula": "=1+1.png",
    "formula_at": "@SUM(1).png",
    "percent_codes": "%0A::error::injected%0D.png",
    "commas": "a,line=9,title=injected::b.png",
    "table": "|cell|x|.png",
    "heading": "# heading.png",
    "html": "<img src=x onerror=alert(1)>.png",
    "html_comment": "--><script>x.png",
    "cdata": "]]>.png",
    "entities": "&lt;&#27;.png",
    "template": "{{ 7*7 }}{% raw %}.png",
    "bad_bytes": os.fsdecode(b"\xff\xfe\x80.png"),
    "half_a_character": os.fsdecode(b"half\xc3.png"),
    "long": "n" * 251 + ".png",
    "dots": "dots...png.png",
}
"""Names by what is odd about them; a folder's file is called ``red].png`` and so completes the markup."""

INSIDE = "red].png"


def path_of(name):
    """The path below a folder of labels: a name cannot hold the slash of a closing tag, a path can."""
    return name if name.endswith(".png") else f"{name}/{INSIDE}"


RAW = (
    "\x1b[38;5;199m",
    "\x1b[2J",
    "\x1b]0;",
    "\x1b]8;;evil",
    "\x07",
    "\x08",
    "\x7f",
    "\u009b",
    "\u0085",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
)
"""What must not reach a terminal."""
