//! The operations `architecture` and `api`: imports of every language, cycles, and the pages.

use devflow_plugin::testing::Project;
use devflow_plugin_docs::Docs;

/// The page of an operation.
#[track_caller]
fn page(project: &Project, operation: &str) -> String {
    let report = project.inspect::<Docs>(operation, "{}").expect("the plugin takes it");
    report.artifacts.into_iter().next().map(|artifact| artifact.body).unwrap_or_default()
}

/// The arrows of the chart, by name.
#[track_caller]
fn arrows(project: &Project) -> Vec<String> {
    let page = page(project, "architecture");
    let mut names = std::collections::BTreeMap::new();
    let mut arrows = Vec::new();
    for line in page.lines().map(str::trim) {
        if let Some((id, name)) = line.split_once("[\"") {
            names.insert(id.to_owned(), name.trim_end_matches("\"]").to_owned());
        }
        if let Some((from, to)) = line.split_once(" --> ") {
            arrows.push(format!("{} > {}", names[from], names[to]));
        }
    }
    arrows
}

/// The places of cycles.
#[track_caller]
fn cycles(project: &Project) -> Vec<(String, usize)> {
    let report = project.inspect::<Docs>("architecture", "{}").expect("the plugin takes it");
    project
        .places(&report)
        .into_iter()
        .map(|(path, line, rule)| (path, line, assert_eq!(rule, "import-cycle")))
        .map(|(path, line, ())| (path, line))
        .collect()
}

#[test]
fn rust_imports_lead_to_files() {
    let project = Project::new()
        .source("a/src/lib.rs", "mod one;\nmod two;\nmod deep;\nuse std::fmt;\n")
        .source("a/src/one.rs", "use crate::two::{Two, self};\nuse crate::deep::{inner::Inner, Deep};\npub fn one() {}\n#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::two::Hidden;\n    #[test]\n    fn t() {}\n}\n")
        .source("a/src/two.rs", "use super::deep::inner as i;\n")
        .source("a/src/deep/mod.rs", "mod inner;\n")
        .source("a/src/deep/inner.rs", "use super::super::one::one;\n")
        .source("b/src/main.rs", "use a_lib::one;\nfn main() {}\n")
        .document("a/Cargo.toml", "[package]\nname = \"a-lib\"\n")
        .document("b/Cargo.toml", "[package]\nname = \"b\"\n");
    assert_eq!(
        arrows(&project),
        [
            "a/src/deep/inner.rs > a/src/one.rs",
            "a/src/deep/mod.rs > a/src/deep/inner.rs",
            "a/src/lib.rs > a/src/deep/mod.rs",
            "a/src/lib.rs > a/src/one.rs",
            "a/src/lib.rs > a/src/two.rs",
            "a/src/one.rs > a/src/deep/inner.rs",
            "a/src/one.rs > a/src/deep/mod.rs",
            "a/src/one.rs > a/src/two.rs",
            "a/src/two.rs > a/src/deep/inner.rs",
            "b/src/main.rs > a/src/one.rs",
        ]
    );
    assert_eq!(cycles(&project), [("a/src/one.rs".to_owned(), 2)]);
    assert!(page(&project, "architecture").contains("- `b/src/main.rs`: `main`, line 2\n"));
}

#[test]
fn a_module_and_its_parent_are_no_cycle() {
    let project =
        Project::new().source("src/lib.rs", "mod a;\nuse a::A;\npub struct B;\n").source("src/a.rs", "use crate::B;\npub struct A;\n");
    assert_eq!(cycles(&project), []);
}

#[test]
fn python_imports_lead_to_modules() {
    let project = Project::new()
        .source("src/pkg/__init__.py", "from .one import a\n")
        .source("src/pkg/one.py", "import os.path\nfrom pkg.two import b\nfrom . import three\n")
        .source("src/pkg/two.py", "import pkg.one\n")
        .source("src/pkg/three.py", "def late():\n    from .one import a\n")
        .source("src/pkg/sub/__init__.py", "")
        .source("src/pkg/sub/four.py", "from ..three import late\nfrom .. import one\n")
        .source("src/pkg/five.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .six import a\n")
        .source("src/pkg/six.py", "from .five import b\n");
    assert_eq!(
        arrows(&project),
        [
            "src/pkg/__init__.py > src/pkg/one.py",
            "src/pkg/five.py > src/pkg/six.py",
            "src/pkg/one.py > src/pkg/three.py",
            "src/pkg/one.py > src/pkg/two.py",
            "src/pkg/six.py > src/pkg/five.py",
            "src/pkg/sub/four.py > src/pkg/one.py",
            "src/pkg/sub/four.py > src/pkg/three.py",
            "src/pkg/three.py > src/pkg/one.py",
            "src/pkg/two.py > src/pkg/one.py",
        ]
    );
    assert_eq!(cycles(&project), [("src/pkg/two.py".to_owned(), 1)]);
}

#[test]
fn python_modules_are_found_behind_packages_aliases_and_stars() {
    let project = Project::new()
        .source("app/__init__.py", "")
        .source("app/core/__init__.py", "")
        .source("app/core/a.py", "from app.core import b\n")
        .source("app/core/b.py", "from app.core import a as other\n")
        .source("app/c.py", "from .d import x as y\n")
        .source("app/d.py", "from .c import *\nx = 1\n")
        .source("app/e.py", "from app.core import b, name\n");
    assert_eq!(
        arrows(&project),
        [
            "app/c.py > app/d.py",
            "app/core/a.py > app/core/b.py",
            "app/core/b.py > app/core/a.py",
            "app/d.py > app/c.py",
            "app/e.py > app/core/__init__.py",
            "app/e.py > app/core/b.py",
        ]
    );
    assert_eq!(cycles(&project), [("app/core/b.py".to_owned(), 1), ("app/d.py".to_owned(), 1)]);
}

#[test]
fn what_is_not_needed_to_load_a_file_makes_no_cycle() {
    let list =
        "import { classes } from './styles';\nexport interface Props { dense: boolean }\nexport const list = (p: Props) => classes(p);\n";
    let styles = |import: &str, rest: &str| {
        let text = format!("{import}\nexport const classes = (p: Props) => p.dense;\n{rest}\n");
        cycles(&Project::new().source("a/list.ts", list).source("a/styles.ts", &text)).len()
    };
    assert_eq!(styles("import type { Props } from './list';", ""), 0);
    assert_eq!(styles("import { type Props } from './list';", ""), 0);
    assert_eq!(styles("import { Props } from './list';", ""), 0);
    assert_eq!(styles("import { Props, list } from './list';", "const all = [list];"), 1);
    assert_eq!(styles("import './list';", ""), 1);

    let late = |text: &str| {
        let back = "const b = require('./b');\nmodule.exports = () => b;\n";
        cycles(&Project::new().source("lib/a.js", back).source("lib/b.js", text)).len()
    };
    assert_eq!(late("const a = memoize(() => require('./a'));\n"), 0);
    assert_eq!(late("module.exports = function () { return require('./a'); };\n"), 0);
    assert_eq!(late("(function () { const a = require('./a'); })();\n"), 1);

    let java = |body: &str| {
        let one = "package a;\nimport b.Two;\nclass One { Two two; }\n";
        let two = format!("package b;\nimport a.One;\n/** See {{@link One}}. */\nclass Two {{ {body} }}\n");
        cycles(&Project::new().source("x/a/One.java", one).source("x/b/Two.java", &two)).len()
    };
    assert_eq!((java(""), java("One one;")), (0, 1));

    let python = |text: &str| cycles(&Project::new().source("p/a.py", "import p.b\n").source("p/b.py", text)).len();
    assert_eq!(python("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.a import A\n"), 0);
    assert_eq!(python("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os\nfrom p.a import A\n"), 1);
    assert_eq!(python("if __name__ == \"__main__\":\n    import p.a\n"), 0);
}

#[test]
fn a_page_tells_what_was_not_looked_at() {
    let project = Project::new()
        .source("pkg/a.py", "from . import core\n")
        .source("pkg/b.py", "from .core import f\n")
        .source("web/a.ts", "import './big';\nimport './style.css';\n")
        .source("rs/src/lib.rs", "mod big;\nmod here;\n")
        .source("rs/src/here.rs", "");
    let page = page(&project, "architecture");
    let expected = "\n## Not looked at\n\nToo large, generated, ignored or not part of this run; what is only imported may not exist.\n\n- `pkg/core`, imported by 2 files\n- `rs/src/big.rs`, imported by 1 file\n- `web/big`, imported by 1 file\n";
    assert!(page.ends_with(expected), "{page}");
    assert!(page.starts_with("# Architecture\n\n5 sources looked at, without tests and examples, "), "{page}");
    let skipped = Project::new().source("pkg/a.py", "from . import core\n").unread("pkg/core.py", "size", "").unread("LICENSE", "size", "");
    let told = self::page(&skipped, "architecture");
    assert!(told.ends_with("may not exist.\n\n- `pkg/core.py`, size\n"), "{told}");
    let whole = Project::new().source("a.py", "import b\n").source("b.py", "b = 1\n");
    assert!(!self::page(&whole, "architecture").contains("Not looked at"));
}

#[test]
fn scripts_import_paths_and_packages() {
    let project = Project::new()
        .source(
            "web/a.ts",
            "import { b } from './b.js';\nimport c from './deep';\nimport x from 'react';\nimport s from '@own/shared';\nb(c, x, s);\n",
        )
        .source("web/b.ts", "export * from './deep/index';\n")
        .source("web/deep/index.tsx", "const a = require('../a');\n")
        .source("shared/src/index.ts", "export const s = 1;\n")
        .document("shared/package.json", "{\"name\": \"@own/shared\"}");
    assert_eq!(
        arrows(&project),
        [
            "web/a.ts > shared/src/index.ts",
            "web/a.ts > web/b.ts",
            "web/a.ts > web/deep/index.tsx",
            "web/b.ts > web/deep/index.tsx",
            "web/deep/index.tsx > web/a.ts",
        ]
    );
    assert_eq!(cycles(&project), [("web/deep/index.tsx".to_owned(), 1)]);
}

#[test]
fn packages_and_headers_are_found() {
    let project = Project::new()
        .source("j/src/main/java/a/b/One.java", "package a.b;\nimport a.c.Two;\nimport java.util.List;\nclass One { Two two; }\n")
        .source("j/src/main/java/a/c/Two.java", "package a.c;\nimport static a.b.One.x;\nclass Two { int y = x; }\n")
        .source("k/a/d/Many.kt", "package a.d\nimport a.b.One\nclass Three\nclass Four\n")
        .source("k/a/e/Use.kt", "package a.e\nimport a.d.Four\n")
        .source("g/main.go", "package main\nimport (\n\t\"fmt\"\n\t\"example.org/g/util\"\n)\nfunc main() {}\n")
        .source("g/util/util.go", "package util\n")
        .source("c/lib/a.c", "#include <stdio.h>\n#include \"a.h\"\n#include <own/b.h>\n")
        .source("c/lib/a.h", "#include \"../include/own/b.h\"\n")
        .source("c/include/own/b.h", "#include \"stdio.h\"\n")
        .source("c/other/stdio.h", "int a;\n")
        .document("g/go.mod", "module example.org/g // here\n");
    assert_eq!(
        arrows(&project),
        [
            "c/lib/a.c > c/include/own/b.h",
            "c/lib/a.c > c/lib/a.h",
            "c/lib/a.h > c/include/own/b.h",
            "g/main.go > g/util",
            "j/src/main/java/a/b/One.java > j/src/main/java/a/c/Two.java",
            "j/src/main/java/a/c/Two.java > j/src/main/java/a/b/One.java",
            "k/a/d/Many.kt > j/src/main/java/a/b/One.java",
            "k/a/e/Use.kt > k/a/d/Many.kt",
        ]
    );
    assert_eq!(cycles(&project), [("j/src/main/java/a/c/Two.java".to_owned(), 2)]);
    let page = page(&project, "architecture");
    assert!(page.contains("- `g/main.go`: `main`, line 6\n"), "{page}");
    assert!(page.contains("folders that import one another"), "{page}");
}

#[test]
fn large_projects_are_shown_by_folder() {
    let mut project = Project::new();
    for folder in 0..50 {
        let next = (folder + 1) % 50;
        project = project
            .source(&format!("top{}/f{folder}/a.py", folder % 5), &format!("import top{}.f{next}.a\n", next % 5))
            .source(&format!("top{}/f{folder}/b.py", folder % 5), "");
    }
    let shown = arrows(&project);
    assert!(shown.contains(&"top0/f0 > top1/f1".to_owned()), "{shown:?}");
    for folder in 50..100 {
        project = project
            .source(&format!("top{}/f{folder}/a.py", folder % 5), &format!("import top{}.f{}.a\n", (folder + 1) % 5, (folder + 1) % 50));
    }
    let shown = arrows(&project);
    assert_eq!(shown, ["top0 > top1", "top1 > top2", "top2 > top3", "top3 > top4", "top4 > top0"]);
}

#[test]
fn the_interface_is_listed_by_file() {
    let project = Project::new()
        .source("src/a.rs", "/// A box.\n/// Of wood.\n///\n/// More.\npub struct Box;\nstruct Hidden;\nimpl Hidden {\n    pub fn quiet(&self) {}\n}\nimpl Box {\n    pub fn open(&self) {}\n}\n")
        .source("tests/t.rs", "pub fn helper() {}\n");
    let expected = "# Public interface\n\n## src/a.rs\n\n### `Box`\n\n`pub struct Box;`, line 5\n\nA box. Of wood.\n\n### `Box.open`\n\n`pub fn open(&self)`, line 11\n";
    assert_eq!(page(&project, "api"), expected);
    assert_eq!(page(&Project::new().source("a.rs", "fn a() {}\n"), "api"), "");
}
