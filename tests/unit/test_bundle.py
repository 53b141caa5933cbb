"""The bundler: a graph of modules becomes one source that means the same, and what it cannot read it names."""

import json
import subprocess

import pytest
from support import node_program

from resnet_book.widgets import bundle
from resnet_book.widgets.base import Table


def write(folder, files: dict[str, str]):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / next(iter(files))


def default_of(folder, source: str):
    """The default export of a module's source, evaluated by Node."""
    (folder / "bundled.mjs").write_text(source, encoding="utf-8")
    (folder / "print.mjs").write_text(
        'import x from "./bundled.mjs"; console.log(JSON.stringify(x));', encoding="utf-8"
    )
    done = subprocess.run([node_program(), str(folder / "print.mjs")], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_all_forms_of_import_and_export(tmp_path):
    entry = write(
        tmp_path,
        {
            "entry.mjs": (
                'import {\n  one,\n  two as deux, // not "import"\n} from "./lib/numbers.mjs";\n'
                'import * as all from "./lib/numbers.mjs";\nimport three from "./lib/three.mjs";\n'
                'import data from "./data.json";\nconst Box = class {};\n'
                "export default [one, deux(), three, data.x, all.LIST.length, new all.Kind().name, await_free()];\n"
                "function await_free() { return `export ${one} import`; }\n"
            ),
            "lib/numbers.mjs": (
                "export const one = 1;\nexport function two() { return 2; }\nexport class Kind { name = 'kind'; }\n"
                "const hidden = [1, 2, 3];\nexport { hidden as LIST };\n"
            ),
            "lib/three.mjs": (
                'import { one } from "./numbers.mjs";\n/* export */ const deux = one + 2;\nexport default deux;\n'
            ),
            "data.json": '{"x": "import export"}',
        },
    )
    source = bundle.esm(entry)
    assert default_of(tmp_path, source) == [1, 2, 3, "import export", 3, "kind", "export 1 import"]
    assert source.count("import ") == source.count("import export") + source.count('"import"')


def test_names_at_the_top_of_two_modules_do_not_clash(tmp_path):
    entry = write(
        tmp_path,
        {
            "a.mjs": 'import { value as other } from "./b.mjs";\nconst value = 1;\nexport default [value, other];\n',
            "b.mjs": "export const value = 2;\n",
        },
    )
    assert default_of(tmp_path, bundle.esm(entry)) == [1, 2]


def test_a_common_module_is_evaluated_once(tmp_path):
    entry = write(
        tmp_path,
        {
            "a.mjs": 'import b from "./b.mjs";\nimport { next } from "./count.mjs";\nexport default [b, next()];\n',
            "b.mjs": 'import { next } from "./count.mjs";\nexport default next();\n',
            "count.mjs": "let n = 0;\nexport function next() { n += 1; return n; }\n",
        },
    )
    assert default_of(tmp_path, bundle.esm(entry)) == [1, 2]


def test_a_classic_script_needs_no_import_and_shares_modules(tmp_path):
    write(
        tmp_path,
        {
            "one.mjs": 'import { shared } from "./shared.mjs";\nexport default { shared };\n',
            "two.mjs": 'import { shared } from "./shared.mjs";\nexport default { shared };\n',
            "shared.mjs": "export const shared = {};\n",
        },
    )
    script = bundle.classic_script({"one": tmp_path / "one.mjs", "two-x": tmp_path / "two.mjs"})
    check = f"{script}\nconst w = resnetBookWidgets;\nconsole.log(Object.keys(w), w.one.shared === w['two-x'].shared);"
    done = subprocess.run([node_program(), "-e", check], capture_output=True, text=True)
    assert done.stdout.strip() == "[ 'one', 'two-x' ] true"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('\nimport x from "lodash";\nexport default 1;', 2, "only files beside this one"),
        ('import x from "./absent.mjs";\nexport default 1;', 1, "no such file"),
        ('import { absent } from "./other.mjs";\nexport default 1;', 1, "does not export absent; it exports here"),
        ('const x = await import("./other.mjs");\nexport default 1;', 1, "only static imports"),
        ("export default 1;\nexport let x = 2;", 2, "unsupported export"),
        ("export const a = 1, b = 2;\nexport default a;", 1, "one const a statement"),
        ('export default 1;\nexport * from "./other.mjs";', 2, "unsupported export"),
        ('import x from "./entry.mjs";\nexport default 1;', 1, "closes a circle"),
        ("export const a = 1;", 1, "needs an export default"),
    ],
)
def test_what_cannot_be_bundled_is_named_with_its_line(tmp_path, text, line, message):
    entry = write(tmp_path, {"entry.mjs": text, "other.mjs": "export const here = 1;"})
    with pytest.raises(bundle.BundleError, match=f"entry.mjs:{line}: .*{message}"):
        bundle.esm(entry)


def test_every_file_of_a_graph_is_listed(tmp_path):
    entry = write(tmp_path, {"a.mjs": 'import x from "./x.json";\nexport default x;', "x.json": "1", "unused.mjs": ""})
    assert {path.name for path in bundle.files([entry])} == {"a.mjs", "x.json"}


def test_a_table_in_words_is_aligned_and_refuses_a_ragged_row():
    table = Table("Costs", ("Layer", "MACs"), (("conv1", "118,013,952"), ("fc", "512,000")))
    assert str(table).splitlines() == [
        "Costs", "Layer         MACs", "-----  -----------", "conv1  118,013,952", "fc         512,000",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="has 1 cells"):
        Table("Costs", ("Layer", "MACs"), (("conv1",),))


def test_what_is_quoted_keeps_its_spaces_and_lines_stay_apart():
    source = """
const a  =  "x   y" ; // a remark

    const b = `two   ${ a  +  1 }
   lines` /* gone */ ;
return  a  in  b && /a  b/.test(a) ? - -1 : typeof  b
"""
    _, bare, quoted = bundle.mask(source)
    tight = bundle.squeeze(bare, quoted)
    assert (
        tight
        == """
const a="x   y";const b=`two   ${a+1}
   lines`;return a in b&&/a  b/.test(a)?- -1:typeof b
"""
    )


WORDED = {
    "words.json": '{"check": "Check “it”", "part": {"one": "One, two", "list": ["a", "b"]}, "unused": "Nobody says this"}',
    "saying.mjs": 'import words from "./words.json";\nexport const said = () => `${words.check}: ${words.part.one.length}`;',
    "listing.mjs": 'import words from "./words.json";\nexport const all = { words: words.check, of: words.part.list.join("") };',
    "choosing.mjs": 'import words from "./words.json";\nexport const any = (key) => words[key];',
}


@pytest.mark.parametrize(
    ("used", "says", "kept", "gone"),
    [
        ("saying", "widget.said()", [], ["words", "Nobody", '"a"']),
        ("listing", "widget.all.words + widget.all.of", ['"list"'], ["Nobody"]),
        ("choosing", 'widget.any("unused")', ["Nobody", "One, two"], []),
    ],
)
def test_words_stand_where_they_are_said(tmp_path, used, says, kept, gone):
    for name, text in WORDED.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    entry = tmp_path / "entry.mjs"
    entry.write_text(f'import * as widget from "./{used}.mjs";\nexport default () => {says};', encoding="utf-8")
    script = bundle.classic_script({"tiny": entry})
    assert all(part in script for part in kept) and not any(part in script for part in gone), script
    run = f"{script}\nconsole.log(globalThis.resnetBookWidgets.tiny());"
    expected = {"saying": "Check “it”: 8", "listing": "Check “it”ab", "choosing": "Nobody says this"}[used]
    done = subprocess.run([node_program(), "-e", run], capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.strip() == expected, done.stderr


def test_signs_stay_apart_where_they_would_become_one():
    source = (
        "let x = 3, y = 2;\nconst f = [x - -y, x + +y, x - y, x++ + y, -y * -y, x % 2, x + -y];\nconsole.log(f.join())"
    )
    _, bare, quoted = bundle.mask(source)
    tight = bundle.squeeze(bare, quoted)
    assert "x-y" in tight and "y*-y" in tight and "- -y" in tight
    print_of = [
        subprocess.run([node_program(), "-e", text], capture_output=True, text=True) for text in (source, tight)
    ]
    assert print_of[0].stdout == print_of[1].stdout == "5,5,1,5,4,0,2\n"
