#!/usr/bin/env python3
"""Checks what no compiler checks: sizes, one-way arrows, file lists, code in the documentation.

usage: check_repo.py [--write-snippets] [ROOT]

Prints one line per finding (path:line: what is wrong) and exits 1 if there is any. --write-snippets
first copies the snippets into the pages, and the commands into README.md. A rule is a
generator over the tree, a dict from path to text; check_repo_test.py breaks each of them.
"""
import pathlib
import posixpath
import re
import subprocess
import sys

MAX_BYTES = 1_000_000
MAX_LINES = {"_body.h": 400, ".h": 150, ".cpp": 400}  # by the first suffix that fits
MAX_FUNCTION = 60
MAX_LINE = 100
CODE = (".h", ".cpp", ".cmake", ".css", ".html", ".in", ".js", ".json", ".py", ".sh", ".toml",
        ".ci/run", ".clang-tidy", "CMakeLists.txt")
TOP_LEVEL = set(
    ".ci .cmake .clang-format .clang-tidy .editorconfig .gitattributes .gitignore CHANGELOG.md "
    "CMakeLists.txt CMakePresets.json LICENSE README.md "
    "apps audio benchmarks core docs nn tests train".split())
ROOMS = ("core", "nn", "audio", "train", "apps")
# What the files of a folder may include; the longest matching folder counts.
MAY_INCLUDE = {
    "core/": r"core/(?!ops/)",
    "core/ops/": r"core/",
    "core/kernels/": r"core/(kernels/|error\.h|usage\.h|parallel\.h|real\.h)",
    "nn/": r"(core|nn)/(?!models/|speech/)",
    "nn/models/": r"(core|nn)/(?!speech/)",
    "nn/speech/": r"(core|nn|audio)/",
    "audio/": r"(core|audio)/",
    # The training of one model; what is done with many; the search for a recipe; pages.
    "train/": r"(core|nn|audio)/|train/([^/]+$|protocols/|cluster/)",
    "train/cluster/": r"(core|nn|audio)/|train/([^/]+$|cluster/)",
    "train/protocols/": r"(core|nn|audio)/|train/(protocol\.h|protocols/)",
    "train/statistics/": r"core/|train/statistics/",
    "train/experiment/": r"(core|nn|audio)/|train/([^/]+$|cluster/|statistics/|experiment/)",
    "train/search/": r"(core|audio)/|train/([^/]+$|experiment/|search/)",
    "train/report/": r"(core|nn|audio)/|train/([^/]+$|experiment/|search/|report/)",
    "apps/": r"(core|nn|audio|train|apps)/",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# The standard library's C++ headers have neither a folder nor a suffix.
THIRD_PARTY = re.compile(r"(?!sonant/|\w*intrin\.h)\w+[/.]")


def lines(text):
    return enumerate(text.splitlines(), 1)


def code(tree, *suffixes):
    """The C++ files of the tree, by suffix."""
    return ((p, t) for p, t in tree.items() if p.endswith(suffixes or (".h", ".cpp")))


def is_internal(header):
    """Headers that are not installed: kernel and template bodies, the apps' and the tests' own."""
    return header.endswith("_body.h") or not header.startswith(("core/", "nn/", "audio/", "train/"))


def top_level(tree):
    for name in sorted({p.split("/")[0] for p in tree} - TOP_LEVEL):
        yield name, 0, "is not in the list of top-level files (TOP_LEVEL in check_repo.py)"


def sizes(tree):
    for path, text in tree.items():
        if len(text) > MAX_BYTES:
            yield path, 0, f"has {len(text)} bytes, the limit is {MAX_BYTES}"
        limit = next((MAX_LINES[s] for s in MAX_LINES if path.endswith(s)), None)
        count = text.count("\n")
        if limit and count > limit:
            yield path, 0, f"has {count} lines, the limit is {limit}"


LIST_ITEM = re.compile(r" *([-*+]|\d+[.)]) +")
INDENTED_CODE = 4  # columns, beyond the text of the list item around it


def prose(text):
    """(number, line) of a page's running text: no code, no table, no comment."""
    fence = comment = code = False
    blank, left = True, 0
    for number, line in lines(text):
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if bare.startswith("```"):
            fence = not fence
        elif not fence and (comment or bare.startswith("<!--")):
            comment = "-->" not in bare
        elif not fence and bare:
            code = (blank or code) and indent >= left + INDENTED_CODE
            item = LIST_ITEM.match(line)
            if not code and (item or blank and indent < left):
                left = item.end() if item else 0
            if not code and not bare.startswith("|"):
                yield number, line
        blank = not bare


def line_lengths(tree):
    """One word, such as a link, may be longer: it cannot be broken."""
    start = re.compile(LIST_ITEM.pattern + r"|\s*(//|#) ")
    for path, text in tree.items():
        if path.startswith("tests/golden/files_"):  # as a program wrote them
            continue
        rows = (prose if path.endswith(".md") else lines)(text)
        for number, line in rows if path.endswith((*CODE, ".md")) else ():
            if len(line) > MAX_LINE and " " in start.sub("", line, 1).strip():
                yield path, number, f"has {len(line)} columns, the limit is {MAX_LINE}"


def function_lengths(tree):
    """By clang-format's layout: a function in a namespace starts and ends in the first column."""
    for path, text in code(tree):
        start, in_body = None, False
        for number, line in lines(text):
            if re.match(r"(inline )?constexpr [^(]*\{$", line):  # a table, as long as it is
                continue
            if start is None and re.match(r"(?!namespace|extern)[A-Za-z\[]", line):
                start, in_body = number, False
            if start is None:
                continue
            in_body = in_body or line.endswith("{")
            if line == "}" and number - start >= MAX_FUNCTION:
                yield path, start, f"{number - start + 1} lines, functions have {MAX_FUNCTION}"
            if line in ("}", "};") or not in_body and line.endswith((";", "}")):
                start = None


def arrows(tree):
    for path, text in code(tree):
        folder = max((f for f in MAY_INCLUDE if path.startswith(f)), key=len, default=None)
        for number, line in lines(text):
            include = INCLUDE.match(line)
            if not include:
                continue
            quote, target = include.groups()
            own = path.split("/")[0]  # what is not installed: by name
            by_name = own in ("apps", "benchmarks", "tests") and f"{own}/{target}" in tree
            if quote == '"' and not by_name:
                yield path, number, f'write #include <sonant/...>, not "{target}"'
            if folder and target.startswith("sonant/") and not re.match(
                    MAY_INCLUDE[folder], target.removeprefix("sonant/")):
                yield path, number, f"{folder} must not include {target}: the arrows point one way"


def own_header_first(tree):
    """So every header is known to compile by itself."""
    for path, text in code(tree, ".cpp"):
        header = path.removesuffix(".cpp") + ".h"
        if header in tree and path.startswith(ROOMS):
            first = next((m[2] for _, l in lines(text) if (m := INCLUDE.match(l))), None)
            if first != header.removeprefix("apps/") and first != f"sonant/{header}":
                yield path, 1, f"must include {header} first"


def headers(tree):
    for path, text in code(tree, ".h"):
        if text.count("#pragma once\n") != 1:
            yield path, 1, "needs one #pragma once"
        for number, line in lines(text):
            if re.match(r"\s*using namespace\b", line):
                yield path, number, "using namespace in a header"
            if re.match(r"\s*#\s*define\b", line) and "kernels/" not in path:
                yield path, number, "a macro in a header"
            include = INCLUDE.match(line)
            if include and not is_internal(path) and THIRD_PARTY.match(include[2]):
                yield path, number, f"an installed header includes the third party's {include[2]}"


def test_lists(tree):
    """Every test file is in a binary and has its CTest entry."""
    lists = tree.get("tests/CMakeLists.txt", "")
    for path, text in code(tree, ".cpp"):
        match = re.fullmatch(r"tests/(?!support/|consumer/|neon/|optuna/|golden_systems/)"
                             r"(\w+)/(.+)\.cpp", path)
        if not match:
            continue
        room, name = match.groups()
        has_tests = re.search(r"^(TEMPLATE_)?(LIST_)?TEST_CASE", text, re.M)
        if "/" in name or not re.search(rf"^ *sonant_test\({room}\b", lists, re.M):
            yield path, 0, f"belongs to no test binary (tests/CMakeLists.txt: sonant_test({room}))"
        elif name.startswith("test_") and not has_tests:
            yield path, 0, "has no TEST_CASE"
        elif not name.startswith("test_") and has_tests:
            yield path, 0, "has a TEST_CASE, so its name must start with test_"


def left_behind(tree):
    words = re.compile("TO" "DO|FIX" "ME|XX" "X|<<<" "<<<<|>>>" ">>>>")
    for path, text in tree.items():
        for number, line in lines(text):
            if words.search(line):
                yield path, number, f"left behind: {words.search(line)[0]}"


def text_form(tree):
    for path, text in tree.items():
        if "\0" in text:  # not a text
            continue
        if "\r" in text:
            yield path, 0, "has carriage returns"
        if text and not text.endswith("\n"):
            yield path, 0, "does not end with a newline"
        for number, line in lines(text):
            if line != line.rstrip() and not path.endswith(".md"):
                yield path, number, "space at the end of the line"


def references(tree):
    """Links in pages, and pages named in comments, lead somewhere."""
    known = set(tree) | {str(d) for p in tree for d in pathlib.PurePosixPath(p).parents}
    for path, text in tree.items():
        if path.endswith(".md"):
            text = re.sub(r"(?ms)^ *```.*?```$", lambda m: "\n" * m[0].count("\n"), text)
        for number, line in lines(text):
            if path.endswith(".md") and not line.startswith("    "):
                for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", line):
                    link = link[0] or link[1]
                    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
                    if ":" not in link and target not in known:
                        yield path, number, f"link to {link}, which does not exist"
            elif path.endswith((".h", ".cpp")):
                for page in re.findall(r"\bdocs/[\w/]+\.\w+", line):
                    if page not in tree:
                        yield path, number, f"names {page}, which does not exist"


def page_map(tree):
    for path in tree:
        page = re.fullmatch(r"docs/(.+\.md)", path)
        if page and page[1] != "index.md" and f"({page[1]})" not in tree.get("docs/index.md", ""):
            yield path, 0, "is not on the map in docs/index.md"


LABEL = re.compile(r"^ *<!-- (snippet|excerpt|output): (\S+)(?: (\w+))? -->$")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```\n", re.M | re.S)


def snippet_text(tree, path, region):
    """A file, or the lines between `// [region]` and `// [/region]` in it."""
    text = tree.get(path)
    if text is None or not region:
        return text
    found = re.search(rf"^ *// \[{region}\]\n(.*?)^ *// \[/{region}\]\n", text, re.M | re.S)
    if not found:
        return None
    body = found[1].splitlines()
    indent = min((len(l) - len(l.lstrip()) for l in body if l), default=0)
    return "\n".join(l[indent:] for l in body) + "\n"


class Block:
    """A fenced block in a page: its label, if there is one, and where and what it is."""

    def __init__(self, text, match):
        self.indent, self.language = match[1], match[2]
        self.span = match.span()
        above = text[:match.start()].splitlines()
        self.line = len(above) + 1
        self.label = LABEL.match(above[-1]) if above else None
        self.content = re.sub(rf"^{match[1]}", "", match[3], flags=re.M)
        self.below = text[match.end():].lstrip("\n").split("\n", 1)[0]

    def link(self, path):
        """The line below a block that leads a reader of the page to the whole file."""
        target = posixpath.relpath(self.label[2], posixpath.dirname(path) or ".")
        return f"{self.indent}Whole file: [{self.label[2]}]({target})"


def code_blocks(text):
    return [Block(text, match) for match in FENCE.finditer(text)]


def squeezed(text):
    return " ".join(text.split())


def page_code(tree):
    """C++ in a page is a snippet that CTest runs, or is found as it stands in a source file; and
    what comes from a file links to it. (What a program prints is compared by check_output.py.)"""
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        for block in code_blocks(text):
            if not block.label:
                if block.language == "cpp":
                    yield path, block.line, "C++ without a <!-- snippet: FILE --> or excerpt above"
                continue
            kind, source, region = block.label.groups()
            want = snippet_text(tree, source, region)
            if want is None:
                yield path, block.line, f"{source} {region or ''}: no such snippet"
            elif kind == "excerpt" and squeezed(block.content) not in squeezed(want):
                yield path, block.line, f"is no longer found in {source}"
            elif kind != "excerpt" and not source.startswith("docs/snippets/"):
                yield path, block.line, f"{source} is not in docs/snippets, so nothing runs it"
            elif kind == "snippet" and block.content != want:
                yield path, block.line, f"differs from {source} (check_repo.py --write-snippets)"
            elif kind != "output" and block.below != block.link(path):
                yield path, block.line, (f'needs "{block.link(path).strip()}" below '
                                         "(check_repo.py --write-snippets)")


COMMAND = re.compile(r'program\.command\(\s*"(\w+)",\s*((?:"[^"]*"\s*)+)')
COMMAND_TABLE = re.compile(
    r"(?<=^\| `sonant \.\.\.` \| \|\n\|---\|---\|\n)(^\| `\w+` \|.*\n)*", re.M)


def command_table(tree):
    """The rows of README.md's table of commands: what `sonant help` lists, in its order."""
    told = {}
    for path, text in code(tree, ".cpp"):
        if path.startswith("apps/cmd_"):
            for name, literals in COMMAND.findall(text):
                told[name] = "".join(re.findall(r'"([^"]*)"', literals))
    names = re.findall(r"\badd_(\w+)[,}]", tree.get("apps/run_command.cpp", ""))
    return "".join(f"| `{n}` | {told.get(n, '').rstrip('.')} |\n" for n in names)


def commands(tree):
    found = COMMAND_TABLE.search(tree.get("README.md", ""))
    if (found[0] if found else "") != command_table(tree):
        yield "README.md", 0, ("its table of commands is not that of sonant help "
                               "(check_repo.py --write-snippets)")


RULES = (top_level, sizes, line_lengths, function_lengths, arrows, own_header_first, headers,
         test_lists, left_behind, text_form, references, page_map, page_code,
         commands)


def findings(tree):
    return [finding for rule in RULES for finding in rule(tree)]


def read_tree(root):
    """Path -> text of what is, or is about to be, in the repository."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard"],
                                check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive
        skip = {"build", "out", "runs", ".git"}
        listed = [str(p.relative_to(root)) for p in sorted(root.rglob("*"))
                  if not skip & set(p.relative_to(root).parts)]
    paths = (root / p for p in sorted(set(listed)) if p)
    return {p.relative_to(root).as_posix(): p.read_bytes().decode("utf-8", "surrogateescape")
            for p in paths if p.is_file()}


def rewritten(tree, path, text):
    """The page with its snippets as they are in the files, and a link below each block."""
    for block in reversed(code_blocks(text)):
        if not block.label or block.label[1] == "output":
            continue
        kind, source, region = block.label.groups()
        before, after = text[:block.span[0]], text[block.span[1]:]
        content = snippet_text(tree, source, region) if kind == "snippet" else block.content
        if content is None:
            continue
        lines_of = [f"```{block.language}", *content.splitlines(), "```"]
        fenced = "".join((block.indent + l).rstrip() + "\n" for l in lines_of)
        if block.below != block.link(path):
            fenced += "\n" + block.link(path) + "\n"
        text = before + fenced + after
    return text


def write_snippets(root, tree):
    if "README.md" in tree:
        table = command_table(tree)
        new = COMMAND_TABLE.sub(lambda _: table, tree["README.md"])
        if new != tree["README.md"]:
            (root / "README.md").write_text(new, "utf-8")
            tree["README.md"] = new
            print("README.md: written")
    for path, text in list(tree.items()):
        if path.endswith(".md") and (new := rewritten(tree, path, text)) != text:
            (root / path).write_text(new, "utf-8", errors="surrogateescape")
            tree[path] = new
            print(f"{path}: written")


def main(arguments):
    write = "--write-snippets" in arguments
    rest = [a for a in arguments if a != "--write-snippets"]
    root = pathlib.Path(rest[0] if rest else pathlib.Path(__file__).parents[2])
    tree = read_tree(root)
    if write:
        write_snippets(root, tree)
    found = sorted(findings(tree))
    for path, line, message in found:
        print(f"{path}:{line}: {message}" if line else f"{path}: {message}")
    print(f"{len(tree)} files, {len(RULES)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
