"""`python -m tests.layout [FOLDER]`: prints figures about the layout of a checkout's code."""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median, quantiles

PACKAGES = ("skinscreen", "accounts", "diagnosis", "ml")
DEFINED = ast.FunctionDef | ast.AsyncFunctionDef


def main(root):
    app = {path: path.read_text() for package in PACKAGES for path in sources(root / package)}
    tests = [path.read_text() for path in sources(root / "tests")]
    trees = {path: ast.parse(text) for path, text in app.items()}
    print(f"files of the app: {len(app)}, lines: {lines(app.values())}")
    print(f"lines of tests per line of the app: {lines(tests) / lines(app.values()):.2f}")
    print("lines of a file, median and p90:", *summary(lines([text]) for text in app.values()))
    print("lines of a function, median and p90:", *summary(map(length, functions(trees.values()))))
    print(
        f"share of docstrings in the lines: {docstrings(trees.values()) / lines(app.values()):.1%}"
    )
    for package in PACKAGES:
        describe(root, package, trees)
    print(f"checkout without history: {checkout(root) / 1e6:.1f} MB")


def sources(folder):
    return [path for path in folder.rglob("*.py") if "migrations" not in path.parts]


def lines(texts):
    return sum(text.count("\n") for text in texts)


def summary(values):
    values = sorted(values)
    return f"{median(values):.0f}", f"{quantiles(values, n=10)[-1]:.0f}"


def functions(trees):
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, DEFINED)]


def length(function):
    return function.end_lineno - function.lineno + 1


def docstrings(trees):
    kinds = DEFINED | ast.ClassDef | ast.Module
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)]
    strings = [node.body[0] for node in nodes if node.body and ast.get_docstring(node) is not None]
    return sum(length(first) for first in strings)


def describe(root, package, trees):
    """Print the number of rooms and top-level modules, the largest folder, imports and levels."""
    own = {path: tree for path, tree in trees.items() if path.is_relative_to(root / package)}
    files = Counter(path.parent for path in own)
    imports = {
        (room(root, path), target)
        for path, tree in own.items()
        for target in imported(root, package, tree)
        if target != room(root, path)
    }
    print(
        f"{package}: {len({room(root, path) for path in own})} rooms and top-level modules, "
        f"at most {max(files.values())} files a folder, {len(imports)} imports between them, "
        f"{levels(imports)} levels, {in_cycles(imports)} in import cycles"
    )


def room(root, path):
    return path.relative_to(root).with_suffix("").parts[1]


def imported(root, package, tree):
    """Yield the rooms that a module imports, inside functions too."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            words = name.split(".")
            if words[0] == package and len(words) > 1 and is_there(root / package / words[1]):
                yield words[1]


def is_there(path):
    return path.is_dir() or path.with_suffix(".py").is_file()


def levels(imports):
    """Return the length of the longest chain of imports. Rooms in a cycle count as one."""
    below = reach(imports)
    rooms = {name for pair in imports for name in pair}
    cycle = {
        node: frozenset({node} | {other for other in below[node] if node in below[other]})
        for node in rooms
    }
    down = defaultdict(set)
    for high, low in imports:
        if cycle[high] != cycle[low]:
            down[cycle[high]].add(cycle[low])

    def depth(node):
        return 1 + max(map(depth, down[node]), default=0)

    return max((depth(member) for member in set(cycle.values())), default=0)


def in_cycles(imports):
    """Return how many rooms are part of an import cycle."""
    below = reach(imports)
    return sum(node in below[node] for node in list(below))


def reach(imports):
    """Return the rooms that each room imports, directly or through others."""
    below = defaultdict(set)
    for high, low in imports:
        below[high].add(low)
    has_grown = True
    while has_grown:
        has_grown = False
        for node in list(below):
            more = set().union(*(below[other] for other in set(below[node]))) - below[node]
            has_grown = has_grown or bool(more)
            below[node] |= more
    return below


def checkout(root):
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True)
    paths = [root / name for name in done.stdout.decode().split("\0") if name]
    return sum(path.stat().st_size for path in paths if path.is_file())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
