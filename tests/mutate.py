"""Takes the checks of verifier.py away one at a time, and clause by clause, and tells which of them no vector misses.

    . scripts/env && need_python && "$PYTHON" tests/mutate.py

Minutes of one core. What it tells is either a hole in tests/vectors, or a check that another one implies."""
import ast, copy, json, pathlib

HERE = pathlib.Path(__file__).resolve().parent
PATH = HERE / "verifier.py"
TREE = ast.parse(PATH.read_text("utf-8"))
ROWS = json.loads((HERE / "vectors/index.json").read_text("utf-8"))
PACKAGES = {row["file"]: (HERE / "vectors" / row["file"]).read_bytes() for row in ROWS}
GENESIS = {row["genesis"]: (HERE / "vectors" / row["genesis"]).read_text("utf-8") for row in ROWS}


def load(tree):
    names = {"__file__": str(PATH), "__name__": "verifier"}
    exec(compile(tree, str(PATH), "exec"), names)
    return names


HONEST = load(TREE)
SIGNED = {}


def signed(*parts):
    """Signatures are the slow part, and are not what is changed here."""
    if parts not in SIGNED:
        SIGNED[parts] = HONEST["signed"](*parts)
    return SIGNED[parts]


def verdict(names, row):
    try:
        names["Check"](PACKAGES[row["file"]], GENESIS[row["genesis"]], row["checkpoint"] and names["given"](row["checkpoint"]))
        return "ok"
    except names["Failed"] as failed:
        return failed.link
    except Exception as error:
        return type(error).__name__


def constant(value, place):
    return ast.copy_location(ast.Constant(value), place)


def others(test):
    """Tests that are not quite this one, each with what was taken away."""
    yield "all", constant(True, test)
    if isinstance(test, ast.BoolOp):
        for at, part in enumerate(test.values):
            if isinstance(test.op, ast.And):
                for what, by in others(part):
                    yield ast.unparse(part) if what == "all" else what, changed(test, lambda t: t.values.__setitem__(at, by))
            else:
                yield "or, never " + ast.unparse(part), changed(test, lambda t: t.values.__setitem__(at, constant(False, part)))
    elif isinstance(test, ast.Compare):
        for at in range(len(test.ops)):
            wider = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}.get(type(test.ops[at]))
            if wider:
                by = changed(test, lambda t: t.ops.__setitem__(at, wider()))
                yield "in place of it " + ast.unparse(by), by
        if len(test.ops) > 1:
            parts = [test.left, *test.comparators]
            yield "its beginning", ast.copy_location(ast.Compare(parts[1], test.ops[1:], parts[2:]), test)
            yield "its end", ast.copy_location(ast.Compare(parts[0], test.ops[:-1], parts[1:-1]), test)
        elif isinstance(test.ops[0], ast.Eq) and isinstance(test.left, ast.Tuple) and isinstance(test.comparators[0], ast.Tuple):
            for at, part in enumerate(test.left.elts):
                yield ast.unparse(part), changed(test, lambda t: (t.left.elts.pop(at), t.comparators[0].elts.pop(at)))
    elif isinstance(test, ast.Call) and ast.unparse(test.func) == "all" and isinstance(test.args[0], ast.GeneratorExp):
        for what, by in others(test.args[0].elt):
            if what != "all":
                yield what, changed(test, lambda t: setattr(t.args[0], "elt", by))


def changed(node, change):
    node = copy.deepcopy(node)
    change(node)
    return node


def mutants():
    """Verifiers that check less or otherwise: the line, the check, what was taken away, the tree."""
    for at, node in enumerate(ast.walk(TREE)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("need", "bad") and ast.unparse(node.args[0]) != "holds":
            todo = [(what, lambda n, by=by: n.args.__setitem__(0, by)) for what, by in others(node.args[0])]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("self." + name for name in ("takes", "role", "step", "runs", "stream", "certificate")):
            todo = [("all", lambda n: setattr(n, "func", ast.parse("lambda *a: None", mode="eval").body))]
        elif isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise):
            todo = [("all", lambda n: setattr(n, "test", constant(False, n)))]
        else:
            continue
        for what, change in todo:
            tree = copy.deepcopy(TREE)
            change(list(ast.walk(tree))[at])
            yield node.lineno, ast.unparse(node.test if isinstance(node, ast.If) else node), what, ast.fix_missing_locations(tree)


def main():
    rows, missed, count = list(ROWS), [], 0
    for line, check, what, tree in mutants():
        names, count = load(tree), count + 1
        names["signed"] = signed
        by = next((row for row in rows if verdict(names, row) != row["expected"]), None)
        if by:
            # What caught one mistake is likely to catch the next.
            rows.remove(by)
            rows.insert(0, by)
        else:
            missed.append(what)
            print(f"line {line}, without {what}: {check}", flush=True)
    print(f"{len(missed)} of {count} are missed, {missed.count('all')} of them whole checks")


if __name__ == "__main__":
    main()
