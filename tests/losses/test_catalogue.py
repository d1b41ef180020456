"""What every loss file is held to, so that a new one is tested before its author writes a test."""

from __future__ import annotations

import doctest
import inspect
import math
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
from segloss_test_samples import NAMES, TASKS, WAYS, draw, passes_of

from segloss_cli import losses
from segloss_cli._plugins import load
from segloss_cli.errors import UsageError
from segloss_cli.losses import _loss
from segloss_cli.losses._knobs import Request, Setting, conventions, find, parameters, parse, resolve
from segloss_cli.losses._loss import Convention, Loss, needs_of, used_kinds
from segloss_cli.losses._stats import view
from segloss_cli.losses._sums import Term
from segloss_cli.scan.options import defaults, left_out, requests_of

ROOT = Path(__file__).parents[2]
PACKAGE = "segloss_cli.losses"
FUNCTION_ONLY = {"weight", "like", "parts"}
every_loss = pytest.mark.parametrize("name", NAMES)
every_convention = pytest.mark.parametrize(
    ("name", "like"), [(name, like) for name in NAMES for like in find(name).conventions]
)


def page(name):
    return load(PACKAGE, name).__doc__


def paragraph(name, head):
    found = re.search(
        rf"^{head}(?:, [^:\n]*)?: ?(.*?)(?=^[A-Z][A-Za-z ]+(?:, [^:\n]*)?:|\Z)",
        page(name) + "\n",
        re.DOTALL | re.MULTILINE,
    )
    return found and found.group(1).strip()


@every_loss
class TestFile:
    def test_its_name(self, name):
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)
        assert find(name).function.__name__ == name.replace("-", "_")

    def test_its_record(self, name):
        loss = find(name)
        assert isinstance(loss, Loss)
        assert loss.kinds and set(loss.kinds) <= set(get_args(_loss.Kind))
        assert loss.tasks
        assert loss.tasks <= set(TASKS)
        assert loss.default <= loss.tasks
        assert (loss.sides is not _loss.no_sides) == ("sides" in loss.kinds)

    def test_its_page(self, name):
        text = page(name)
        first = text.splitlines()[0]
        assert first.endswith(".")
        assert len(first) <= 120
        for head in ("When to use", "Formula", "Convention", "Knobs", "Reference"):
            assert paragraph(name, head), head
        assert re.search(r"\b(19|20)\d\d\b", paragraph(name, "Reference")), "a reference has a year"
        convention = paragraph(name, "Convention")
        assert "gnored" in convention or "valid" in convention, "what ignored pixels do"
        assert "ndefined" in convention, "when there is no value"

    def test_its_page_is_not_too_wide_for_a_terminal(self, name):
        assert max(map(len, page(name).splitlines())) <= 120

    def test_its_function_is_documented(self, name):
        text = inspect.getdoc(find(name).function)
        signature = inspect.signature(find(name).function)
        first, *knobs = signature.parameters.values()
        assert first.kind is first.POSITIONAL_OR_KEYWORD
        assert all(knob.kind is knob.KEYWORD_ONLY and knob.default is not knob.empty for knob in knobs)
        for parameter in signature.parameters:
            assert re.search(rf"^ +{parameter}: \S", text, re.MULTILINE), parameter

    def test_its_doctest_has_a_worked_number(self, name):
        tests = doctest.DocTestFinder(recurse=False).find(find(name).function, globs={})
        examples = [example for test in tests for example in test.examples]
        numbers = [example.want for example in examples if re.search(r"\d\.\d", example.want)]
        assert numbers
        assert any("#" in example.source for example in examples) or "Example: " in inspect.getdoc(find(name).function)

    def test_every_knob_is_in_the_page(self, name):
        shared = paragraph(name, "Knobs")
        if "``dice``" in shared:
            shared += paragraph("dice", "Knobs")
        for knob in parameters(find(name), None):
            if knob not in {"strict", "empty", "smooth_denominator"}:
                assert f"``{knob}" in shared or f"{knob}" in shared, knob

    def test_every_choice_of_a_knob_is_in_the_page_or_the_docstring(self, name):
        words = page(name) + inspect.getdoc(find(name).function)
        words += page("dice") if "``dice``" in words else ""
        for knob, hint in get_type_hints(find(name).function).items():
            if knob in FUNCTION_ONLY or knob == "return":
                continue
            for choice in get_args(hint):
                if isinstance(choice, str):
                    assert choice in words, (knob, choice)

    def test_its_range_is_finite_below(self, name):
        low, high = find(name).bounds(resolve(Request(name), Setting("multiclass")))
        assert math.isfinite(low) or name == "boundary", "its least value is that of an image"
        assert low < high

    def test_its_terms_are_shared_between_equal_requests(self, name):
        loss = find(name)
        one, two = (needs_of(loss, resolve(Request(name), Setting("multiclass")), loss.kinds[0]) for _ in range(2))
        assert one == two == one | two
        assert all(isinstance(term, Term) for term in one.terms)

    def test_its_function_reads_what_it_is_given_and_nothing_else(self, name):
        """Pure: twice the same, and its record stays as it was."""
        ways = [way for way in WAYS if way.loss == name and way.like is None]
        for way in ways:
            batch = draw(1, way.task, ignored=0.3)
            loss, knobs = find(name), way.knobs(ignore=batch.ignore)
            passes, used = passes_of(way, batch), used_kinds(loss, knobs)
            records = [
                view(passes.stats(kind, way.task, knobs), loss, kind, knobs) if kind in used else None
                for kind in loss.kinds
            ]
            kept = [
                (record, field.name, np.copy(getattr(record, field.name)))
                for record in filter(None, records)
                for field in fields(record)
                if isinstance(getattr(record, field.name), np.ndarray)
            ]
            given = records[0] if len(records) == 1 else tuple(records)
            one, two = loss.function(given, **knobs), loss.function(given, **knobs)
            assert float(one.value) == float(two.value)
            assert one.over
            assert np.ndim(one.value) == 0
            if one.per_class is not None:
                assert np.ndim(one.per_class) == 1
            for record, field, before in kept:
                np.testing.assert_array_equal(getattr(record, field), before)


@every_convention
class TestConvention:
    def test_its_record(self, name, like):
        convention = find(name).conventions[like]
        assert isinstance(convention, Convention)
        assert re.fullmatch(r"[a-z][a-z0-9]*(-\d+(\.\d+)*)?", like), "a library, and its version where it matters"
        assert convention.tasks
        assert convention.tasks <= find(name).tasks
        assert convention.takes <= {"ignore", "weights"}
        assert "(" in convention.call, "the call itself"

    def test_its_parameters_have_defaults_and_give_knobs_of_the_loss(self, name, like):
        convention = find(name).conventions[like]
        for parameter in inspect.signature(convention.knobs).parameters.values():
            assert parameter.kind is parameter.KEYWORD_ONLY
            assert parameter.default is not parameter.empty
        assert set(convention.knobs()) <= {*parameters(find(name), None), "parts"}

    def test_it_resolves_in_every_task(self, name, like):
        for task in find(name).conventions[like].tasks:
            for ignoring in (False, True):
                knobs = resolve(Request(name, like), Setting(task, ignoring))
                accepted = set(inspect.signature(find(name).function).parameters)
                assert set(knobs) <= accepted
                assert ("like" in accepted) <= (knobs.get("like") == like)

    def test_its_weights_reach_the_loss(self, name, like):
        weight = np.asarray([1.0, 2.0])
        knobs = resolve(Request(name, like), Setting("multiclass", weight=weight))
        if "weights" in find(name).conventions[like].takes:
            assert knobs["weight"] is weight


class TestRefusals:
    @every_loss
    def test_an_unknown_knob_names_the_known_ones(self, name):
        with pytest.raises(UsageError) as caught:
            resolve(Request(name, None, {"nonsense": 1}), Setting("multiclass"))
        message = str(caught.value)
        assert message.startswith(f"{name} has no knob 'nonsense'; it has: ")
        assert all(knob in message for knob in parameters(find(name), None))
        assert "weight" not in message.replace("weight_in_p", "").split("; it has: ")[1].split(", ")
        assert "\n" not in message

    @every_convention
    def test_an_unknown_parameter_of_a_library(self, name, like):
        with pytest.raises(UsageError) as caught:
            resolve(Request(name, like, {"nonsense": 1}), Setting("multiclass"))
        message = str(caught.value)
        assert message.startswith(f"{name} --like {like} has no knob 'nonsense'; it has: ")
        assert message.endswith(", ".join(parameters(find(name), like)) or "none")

    @pytest.mark.parametrize("knob", ["weight", "like", "ignoring"])
    @every_loss
    def test_what_is_no_knob(self, name, knob):
        with pytest.raises(UsageError, match=f"no knob '{knob}'"):
            resolve(Request(name, None, {knob: 1}), Setting("multiclass"))

    @pytest.mark.parametrize(
        ("name", "knob"), [(name, knob) for name in NAMES for knob in parameters(find(name), None)]
    )
    def test_a_value_of_another_kind_names_the_knob(self, name, knob):
        hint = get_type_hints(find(name).function)[knob]
        words = [word for word in get_args(hint) if isinstance(word, str)]
        wrong = "nonsense" if words or hint is not bool else 3
        with pytest.raises(UsageError) as caught:
            resolve(Request(name, None, {knob: wrong}), Setting("multiclass"))
        message = str(caught.value)
        assert knob in message
        assert all(word in message for word in words)
        if hint is bool:
            assert "true or false" in message
        elif not words:
            assert "number" in message

    @pytest.mark.parametrize(
        ("name", "knob"),
        [(n, k) for n in NAMES for k, hint in get_type_hints(find(n).function).items() if hint is float],
    )
    @pytest.mark.parametrize("wrong", [None, True, (1, 2), ("a", "b")], ids=str)
    def test_a_number_is_one_number(self, name, knob, wrong):
        with pytest.raises(UsageError, match=knob):
            resolve(Request(name, None, {knob: wrong}), Setting("multiclass"))

    def test_a_count_is_a_whole_number(self):
        for wrong in (2.5, (1, 2), "many"):
            with pytest.raises(UsageError, match="n_min"):
                resolve(Request("ohem", None, {"n_min": wrong}), Setting("multiclass"))

    def test_a_list_of_alphas_is_one_of_numbers(self):
        assert resolve(Request("focal", None, {"alpha": (0.1, 0.9)}), Setting("multiclass"))["alpha"] == (0.1, 0.9)
        assert resolve(Request("focal", None, {"alpha": None}), Setting("multiclass"))["alpha"] is None
        with pytest.raises(UsageError, match="alpha"):
            resolve(Request("focal", None, {"alpha": ("a", "b")}), Setting("multiclass"))

    @pytest.mark.parametrize("text", ["dice:smooth", "dice:=1", "dice:smooth=1=2,x"])
    def test_what_is_no_setting(self, text):
        with pytest.raises(UsageError):
            requests_of([text], [])

    @pytest.mark.parametrize(
        ("text", "params"),
        [
            ("dice", {}),
            ("dice:", {}),
            ("dice:smooth=1", {"smooth": 1}),
            ("dice:smooth=1e-5", {"smooth": 1e-5}),
            ("dice: smooth = .5 , beta=+2", {"smooth": 0.5, "beta": 2}),
            ("dice:smooth-denominator=2.", {"smooth_denominator": 2.0}),
            ("dice:pool=True,leak=FALSE", {"pool": True, "leak": False}),
            ("focal:alpha=none", {"alpha": None}),
            ("focal:alpha=0.1/.9", {"alpha": (0.1, 0.9)}),
            ("jaccard:classes=present-zero", {"classes": "present-zero"}),
        ],
    )
    def test_the_form_of_a_setting(self, text, params):
        assert parse(text) == (text.partition(":")[0], params)

    def test_an_unknown_loss_or_library_names_the_known_ones(self):
        with pytest.raises(UsageError, match=r"unknown name 'dise' in losses; known: .*dice"):
            requests_of(["dise"], [])
        with pytest.raises(UsageError, match=r"--like nobody: unknown; known: all, .*monai"):
            requests_of(["dice"], ["nobody"])


class TestPackage:
    @every_loss
    def test_a_loss_stays_callable_after_its_file_is_imported(self, name):
        from importlib import import_module

        python = name.replace("-", "_")
        module = import_module(f"{PACKAGE}.{python}")
        criterion = getattr(losses, python)
        assert callable(criterion)
        assert criterion.name == name
        assert criterion.page == module.__doc__
        assert sys.modules[f"{PACKAGE}.{python}"] is module
        assert module.LOSS is find(name)

    def test_private_files_stay_modules(self):
        assert inspect.ismodule(losses._numpy)

    @pytest.mark.parametrize("name", ["nothing", "_nothing", "cross-entropy", "Dice"])
    def test_an_unknown_name_is_an_attribute_error_with_the_known_ones(self, name):
        with pytest.raises(AttributeError, match=r"no loss is called .*; there are: .*dice"):
            getattr(losses, name)

    def test_the_list(self):
        assert dir(losses) == [name.replace("-", "_") for name in NAMES]
        assert list(losses.catalogue()) == list(NAMES)

    def test_the_libraries(self):
        assert {"torch", "bubbliiiing", "bisenet", "smooth1", "scaled"} <= set(conventions())

    @pytest.mark.parametrize("task", TASKS)
    def test_every_loss_is_computed_or_left_out_with_a_reason(self, task):
        computed = {request.loss for request in defaults(task, ())}
        out = dict(left_out(task))
        assert computed | set(out) == set(NAMES)
        assert not computed & set(out)
        assert all(reason for reason in out.values())
        for name, reason in out.items():
            assert ("ask with --loss" in reason) == (task in find(name).tasks)

    def test_like_all_is_ours_and_every_library(self):
        first, *others = (request.like for request in requests_of(["dice"], ["all"]))
        assert first is None
        assert sorted(others) == sorted(find("dice").conventions)
        assert {r.loss for r in defaults("multiclass", ["all"])} == {r.loss for r in defaults("multiclass", ())}

    @pytest.mark.parametrize(
        ("code", "absent"),
        [
            ("import segloss_cli", ("numpy", "torch", "segloss_cli.losses")),
            ("import segloss_cli.losses", ("numpy", "torch")),
            ("from segloss_cli import losses; losses.catalogue()", ("torch", "array_api_compat")),
            (
                "import numpy as n; from segloss_cli import losses; losses.dice(n.zeros((1,2,3,3)), n.zeros((1,3,3),int))",
                ("torch", "array_api_compat"),
            ),
        ],
    )
    def test_what_an_import_loads(self, code, absent):
        probe = f"{code}\nimport sys; print(sorted(m for m in sys.modules if m.partition('.')[0] in {absent!r} or m in {absent!r}))"
        ran = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == "[]"
