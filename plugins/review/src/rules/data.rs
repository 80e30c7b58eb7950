//! The rules on data that is read and on files that are written. What they look for stands in the tables `data` and `files`.

use crate::rule::{Finder, Rule, Severity, table};

pub(super) const RULES: &[Rule] = &[
    table(
        "unsafe-deserialization",
        Severity::High,
        70,
        "Data is turned into objects by a reader that runs code.",
        "Use a format without code (JSON, `yaml.safe_load`), or a filter of allowed classes.",
        &[Finder::Table { message: "`{path}` can run code that is hidden in the data" }],
    ),
    table(
        "xxe",
        Severity::High,
        70,
        "An XML reader follows external entities.",
        "Forbid document types or external entities before the first document is read.",
        &[Finder::Table { message: "a document can make this reader fetch files and addresses" }],
    ),
    table(
        "zip-slip",
        Severity::High,
        75,
        "A name from an archive decides where a file is written.",
        "Check that the resolved path is inside the target folder, or use the library's safe call.",
        &[Finder::Table { message: "a name such as `../../x` in the archive leaves the target folder" }],
    ),
    table(
        "decompression-bomb",
        Severity::Low,
        60,
        "Compressed data from outside is unpacked without a limit.",
        "Stop after the largest size that makes sense.",
        &[Finder::Table { message: "a few kilobytes can unpack to gigabytes here" }],
    ),
    table(
        "insecure-temp-file",
        Severity::Medium,
        80,
        "A temporary file has a name that others can foresee.",
        "Let the library make and open the file in one step (`mkstemp`, `NamedTemporaryFile`, `createTempFile`).",
        &[Finder::Table { message: "another user can put a file or a link under this name first" }],
    ),
    table(
        "world-writable",
        Severity::Medium,
        85,
        "A file is opened to every user of the machine.",
        "Give rights to the owner alone (0o600, 0o700), or to a group made for the purpose.",
        &[Finder::Table { message: "every user of the machine may change this file" }],
    ),
];
