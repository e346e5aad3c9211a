#!/usr/bin/env python3
"""Breaks every rule of check_repo.py once, in a tree made of strings."""
import unittest

import check_repo

HEADER = "#pragma once\n"
FUNCTION = "int f() {\n"
SNIPPET = "<!-- snippet: docs/snippets/b.cpp -->\n```cpp\n"
LINK = "\nWhole file: [docs/snippets/b.cpp](snippets/b.cpp)\n"
LONG = "word " * 20 + "a\n"  # 101 columns
EXCERPT = "<!-- excerpt: core/a.cpp -->\n```cpp\nint a;\n```\n"
PART = SNIPPET.replace(" -->", " part -->")
# rule: (files that break it, the same mended)
CASES = {
    "top_level": ({"notes.txt": "\n"}, {"docs/notes.txt": "\n"}),
    "sizes": ({"core/a.h": "\n" * 151}, {"core/a.h": "\n" * 150}),
    "line_lengths": ({"docs/a.md": LONG}, {"docs/a.md": LONG.replace(" ", "\n", 1)}),
    "function_lengths": (
        {"core/a.cpp": FUNCTION + "  g();\n" * 59 + "}\n"},
        {"core/a.cpp": FUNCTION + "  g();\n" * 58 + "}\n" + "int h();\n" * 60 + FUNCTION + "}\n"}),
    "arrows": ({"core/a.cpp": "#include <sonant/nn/lstm.h>\n"},
               {"nn/a.cpp": "#include <sonant/core/tensor.h>\n"}),
    "own_header_first": ({"core/a.h": HEADER, "core/a.cpp": "#include <vector>\n"},
                         {"core/a.h": HEADER, "core/a.cpp": "#include <sonant/core/a.h>\n"}),
    "headers": ({"core/a.h": "int f();\n"}, {"core/a.h": HEADER + "#include <vector>\n"}),
    "test_lists": ({"tests/nn/test_a.cpp": 'TEST_CASE("a") {}\n'},
                   {"tests/nn/test_a.cpp": 'TEST_CASE("a") {}\n',
                    "tests/CMakeLists.txt": "sonant_test(nn)\n"}),
    "left_behind": ({"core/a.cpp": "// TO" + "DO\n"}, {"core/a.cpp": "// done\n"}),
    "text_form": ({"core/a.cpp": "int a; \n"}, {"core/a.cpp": "int a;\n"}),
    "references": ({"core/a.h": "// docs/lstm.md (3)\n"},
                   {"core/a.h": "// docs/lstm.md (3)\n", "docs/lstm.md": "\n"}),
    "page_map": ({"docs/a.md": "\n"}, {"docs/a.md": "\n", "docs/index.md": "[a](a.md)\n"}),
    "commands": (
        {"apps/run_command.cpp": "all{add_a};\n",
         "apps/cmd_a.cpp": 'program.command("a", "Does "\n  "it.", "More.");\n'},
        {"apps/run_command.cpp": "all{add_a};\n",
         "apps/cmd_a.cpp": 'program.command("a", "Does "\n  "it.", "More.");\n',
         "README.md": "| `sonant ...` | |\n|---|---|\n| `a` | Does it |\n"}),
    "page_code": ({"docs/a.md": "```cpp\nint a;\n```\n"},
                  {"docs/a.md": EXCERPT + "\nWhole file: [core/a.cpp](../core/a.cpp)\n",
                   "core/a.cpp": "int a;\nint b;\n"}),
}
# More ways to break a rule.
BROKEN = [
    ("sizes", {"docs/a.svg": "x" * 1_000_001}),
    ("sizes", {"core/a.cpp": "\n" * 401}),
    ("line_lengths", {"docs/a.md": "- a\n\n  " + LONG}),
    ("line_lengths", {"docs/a.md": "1. a\n\n    " + LONG}),  # a list's paragraph, no code
    ("line_lengths", {"docs/a.md": "a\n    " + LONG}),
    ("line_lengths", {"docs/a.md": "- a\n\nb\n\n" + LONG}),
    ("line_lengths", {"docs/a.md": "```sh\n```\n" + LONG}),
    ("line_lengths", {"docs/a.md": "<!-- a -->\n" + LONG}),
    ("line_lengths", {"docs/a.md": "- see [a](" + "b" * 99 + ")\n"}),
    ("line_lengths", {"core/a.cpp": "// " + LONG}),
    ("line_lengths", {"tests/a.sh": LONG}),
    ("line_lengths", {"CMakeLists.txt": LONG}),
    ("line_lengths", {".ci/run": LONG}),
    ("arrows", {"core/kernels/a.cpp": "#include <sonant/core/autograd.h>\n"}),
    ("arrows", {"core/a.cpp": "#include <sonant/core/ops/softmax.h>\n"}),
    ("arrows", {"audio/a.cpp": "#include <sonant/nn/lstm.h>\n"}),
    ("arrows", {"nn/a.cpp": "#include <sonant/nn/speech/speech_model.h>\n"}),
    ("arrows", {"nn/models/a.cpp": "#include <sonant/audio/features.h>\n"}),
    ("arrows", {"nn/models/a.cpp": "#include <sonant/nn/speech/speech_model.h>\n"}),
    ("arrows", {"nn/speech/a.cpp": "#include <sonant/train/experiment/result.h>\n"}),
    ("arrows", {"train/a.cpp": "#include <sonant/train/experiment/run.h>\n"}),
    ("arrows", {"train/a.cpp": "#include <sonant/train/report/report.h>\n"}),
    ("arrows", {"train/experiment/a.cpp": "#include <sonant/train/search/tune.h>\n"}),
    ("arrows", {"train/experiment/a.cpp": "#include <sonant/train/report/report.h>\n"}),
    ("arrows", {"train/search/a.cpp": "#include <sonant/train/report/report.h>\n"}),
    ("arrows", {"train/search/a.cpp": "#include <sonant/nn/models/family.h>\n"}),
    ("arrows", {"train/statistics/a.cpp": "#include <sonant/train/experiment/run.h>\n"}),
    ("arrows", {"train/protocols/a.cpp": "#include <sonant/train/experiment/run.h>\n"}),
    ("arrows", {"nn/a.cpp": '#include "lstm.h"\n'}),
    ("headers", {"core/a.h": HEADER + "using namespace std;\n"}),
    ("headers", {"core/a.h": HEADER + "#define A 1\n"}),
    ("headers", {"core/a.h": HEADER + "#include <xsimd/xsimd.hpp>\n"}),
    ("headers", {"core/a.h": HEADER + "#include <cblas.h>\n"}),
    ("test_lists", {"tests/nn/a.cpp": 'TEST_CASE("a") {}\n',
                    "tests/CMakeLists.txt": "sonant_test(nn)\n"}),
    ("test_lists", {"tests/nn/test_a.cpp": "int a;\n",
                    "tests/CMakeLists.txt": "sonant_test(nn)\n"}),
    ("text_form", {"core/a.cpp": "int a;\r\n"}),
    ("text_form", {"core/a.cpp": "int a;"}),
    ("references", {"docs/a.md": "[b](b.md)\n"}),
    ("page_code", {"docs/a.md": SNIPPET + "int a;\n```\n",
                   "docs/snippets/b.cpp": "int b;\n"}),
    ("page_code", {"docs/a.md": "<!-- excerpt: core/b.cpp -->\n```cpp\nint a;\n```\n",
                   "core/b.cpp": "int b;\n"}),
    ("page_code", {"docs/a.md": PART + "int a;\n```\n",
                   "docs/snippets/b.cpp": "int a;\n"}),
    ("page_code", {"docs/a.md": EXCERPT, "core/a.cpp": "int a;\n"}),
    ("page_code", {"docs/a.md": EXCERPT + "\nWhole file: [core/a.cpp](core/a.cpp)\n",
                   "core/a.cpp": "int a;\n"}),
    ("page_code", {"docs/a.md": "<!-- excerpt: a.txt -->\n```cmake\nb\n```\n", "a.txt": "a\n"}),
    ("page_code", {"docs/a.md": "<!-- output: core/a.cpp -->\n```text\nb\n```\n",
                   "core/a.cpp": "int a;\n"}),
]


class Rules(unittest.TestCase):
    def test_every_rule_has_a_case(self):
        self.assertEqual({r.__name__ for r in check_repo.RULES}, set(CASES))

    def test_each_rule_fails_and_passes(self):
        for name, (broken, mended) in CASES.items():
            rule = getattr(check_repo, name)
            with self.subTest(name):
                self.assertEqual(len(list(rule(broken))), 1)
                self.assertEqual(list(rule(mended)), [])

    def test_more_ways_to_fail(self):
        for name, tree in BROKEN:
            with self.subTest(name, tree=str(tree)[:90]):
                self.assertEqual(len(list(getattr(check_repo, name)(tree))), 1)

    def test_lines_that_may_be_long(self):
        link = "[a](" + "b" * 99 + ")\n"
        for text in (link, "- " + link, "| " + LONG, "```sh\n" + LONG + "```\n",
                     "<!-- a\n" + LONG + "-->\n", "a\n\n    " + LONG,
                     "- a\n\n      b\n      " + LONG, "a\n\n    b\n\n    " + LONG):
            with self.subTest(text=text[:40]):
                self.assertEqual(list(check_repo.line_lengths({"docs/a.md": text})), [])
        self.assertEqual(list(check_repo.line_lengths(
            {"a.cpp": "// https://" + "b" * 99 + "\n", "a.svg": LONG})), [])

    def test_a_region_of_a_snippet(self):
        body = "  // [part]\n  f();\n    g();\n  // [/part]\n}\n"
        tree = {"docs/snippets/b.cpp": FUNCTION + body,
                "docs/a.md": PART + "f();\n  g();\n```\n" + LINK}
        self.assertEqual(list(check_repo.page_code(tree)), [])

    def test_pages_are_written(self):
        tree = {"docs/snippets/b.cpp": "int b;\n\nint c;\n", "core/a.cpp": "int a;\n"}
        old = "1. a\n\n   " + SNIPPET.replace("\n", "\n   ", 1) + "   old\n   ```\n\nb\n" + EXCERPT
        new = check_repo.rewritten(tree, "docs/a.md", old)
        self.assertEqual(new, "1. a\n\n   " + SNIPPET.replace("\n", "\n   ", 1) +
                         "   int b;\n\n   int c;\n   ```\n" + LINK.replace("Whole", "   Whole") +
                         "\nb\n" + EXCERPT + "\nWhole file: [core/a.cpp](../core/a.cpp)\n")
        self.assertEqual(check_repo.rewritten(tree, "docs/a.md", new), new)
        self.assertEqual(list(check_repo.page_code({**tree, "docs/a.md": new})), [])


if __name__ == "__main__":
    unittest.main()
