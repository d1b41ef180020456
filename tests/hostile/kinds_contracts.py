"""Files beside the labels that say what they mean, made to run code, to fill memory, or to write on the terminal."""

CANARY = "canary"

_LAUGHS = "\n".join(
    [f"a0: &a0 [{', '.join(['x'] * 10)}]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
)

RUNS = {
    "data.yaml": f"!!python/object/apply:os.system ['touch {CANARY}']\n",
    "data.yml": f"names: !!python/object/new:os.system ['touch {CANARY}']\nmasks_dir: masks\n",
    "dataset.py": f"METAINFO = dict(classes=[__import__('os').system('touch {CANARY}')])\n",
    "classes.py": f"import os\nos.system('touch {CANARY}')\nCLASSES = ('road', 'sky')\n",
    "meta.py": f"METAINFO = dict(classes=(lambda: open('{CANARY}', 'w'))())\n",
}
"""What would run if it were loaded as such files often are."""

BREAKS = {
    "laughs/data.yaml": f"{_LAUGHS}\nnames: *a9\nmasks_dir: masks\n",
    "deep/data.yaml": "names: " + "[" * 1_000,
    "tabs/data.yaml": "names:\n\t- road\n",
    "merge/data.yaml": "<<: 3\nnames: [a]\nmasks_dir: m\n",
    "dates/data.yaml": "names: {2001-01-01: a, 0x1F: b}\nmasks_dir: m\n",
    "deep/dataset.json": '{"channel_names": {}, "labels": ' + "[" * 100_000,
    "number/dataset.json": '{"channel_names": {}, "labels": {"road": ' + "9" * 100_000 + "}}",
    "key/dataset.json": '{"channel_names": {}, "labels": {"' + "9" * 5000 + '": "road"}}',
    "nan/dataset.json": '{"channel_names": {}, "labels": {"road": NaN, "sky": Infinity, "x": 1e999}}',
    "surrogate/dataset.json": '{"channel_names": {}, "labels": {"\\ud800": 0, "sky": 1}}',
    "many/dataset.json": '{"channel_names": {}, "labels": {' + ", ".join(f'"c{n}": {n}' for n in range(20_000)) + "}}",
    "cut/dataset.json": '{"labels": {"road": 0',
    "deep/meta.py": "METAINFO = " + "(" * 5000 + ")" * 5000,
    "minus/meta.py": "METAINFO = dict(classes=(" + "-" * 50_000 + "1,))",
    "product/meta.py": "METAINFO = dict(classes=('road',) * 10 ** 10)\n",
    "power/meta.py": "METAINFO = dict(classes=('road',), palette=[[9 ** 9 ** 9, 0, 0]])\n",
    "nul/meta.py": "METAINFO = dict(classes=('a\0b',))\n",
    "many/class_names.txt": "road\n" * 200_000,
    "long/class_names.txt": "x" * 500_000,
    "numbers/class_names.txt": "9" * 4 + ": a\n99999: b\n",
    "wide/class_dict.csv": "name,r,g,b\n" + "x" * 200_000 + ",0,0,0\n",
    "quote/class_dict.csv": 'name,r,g,b\n"road,0,0,0\n',
    "digits/class_dict.csv": "name,r,g,b\nroad,\u0661,\u0662,\u00b2\n",
    "cells/_classes.csv": "Pixel Value, Class\n" + "9" * 5000 + ", road\n",
}
"""What breaks a parser, or makes it write gigabytes."""

BYTES = {
    "bytes/class_names.txt": b"\xff\xfe\x00road\n\x80",
    "nuls/class_names.txt": bytes(5000),
    "bytes/data.yaml": b"names: [\xff]\n",
    "bytes/dataset.json": b'{"labels": \xff}',
    "bytes/meta.py": b"METAINFO = '\xff'",
    "control/data.yaml": b"names: [\x00\x1b]\n",
}
"""What is no text."""

SAID = "\x1b[38;5;199mroad\x07[bold]\n::error::injected"
"""A class name that would act on a terminal, as markup and as a command."""

NAMES = {
    "data.yaml": 'names: ["\\e[38;5;199mroad\\a[bold]\\n::error::injected", sky, "[/red]", "a|b", "<img src=x onerror=alert(1)>"]\nmasks_dir: masks\n',
    "dataset.json": '{"channel_names": {}, "labels": {"\\u001b[38;5;199mroad\\u0007[bold]\\n::error::injected": 0, "sky": 1, "[/red]": 2, "a|b": 3, "<img src=x onerror=alert(1)>": 4}}',
    "meta.py": "METAINFO = dict(classes=('\\x1b[38;5;199mroad\\x07[bold]\\n::error::injected', 'sky', '[/red]', 'a|b', '<img src=x onerror=alert(1)>'))\n",
    "class_names.txt": "\x1b[38;5;199mroad\x07[bold]\nsky\n[/red]\na|b\n<img src=x onerror=alert(1)>\n",
    "class_dict.csv": "name,r,g,b\n\x1b[38;5;199mroad\x07[bold],0,0,0\nsky,1,1,1\n[/red],2,2,2\na|b,3,3,3\n<img src=x onerror=alert(1)>,4,4,4\n",
}
"""Names of classes to be shown, by the files that give them."""

SETTINGS = {
    "deep": "a = " + "[" * 20_000,
    "bytes": b"num-classes = \xff",
    "number": "num-classes = " + "9" * 5000,
    "key": '"\\u001b[38;5;199mkey\\u0007\\n" = 1',
    "value": 'preset = "\\u001b[38;5;199mvoc\\u0007\\n"',
    "large": "# " + "x" * 2_000_000,
    "date": "num-classes = 1979-05-27",
    "infinite": "num-classes = inf",
}
"""``segloss.toml``: all of these are refused in one line, as usage."""
