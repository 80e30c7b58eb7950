//! Owns imports that name a package or a header: Java and Kotlin, Go, C and C++.

use std::collections::BTreeSet;

use super::super::{Project, ends_with, follow, nearest, split, stem};
use super::{Bond, Index, Target};

/// Headers of C and POSIX; a file of the project with such a name is meant only from its own folder.
const STANDARD: &str = " aio assert complex cpio ctype dirent dlfcn endian err errno fcntl fenv float fnmatch ftw getopt glob grp iconv inttypes \
io iso646 langinfo libgen limits locale malloc math memory mqueue netdb poll process pthread pwd regex sched search semaphore setjmp signal \
spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib string strings syslog tar termios tgmath threads time uchar unistd utime \
wchar wctype windows wordexp ";

/// Folders of headers of the system.
const SYSTEM: [&str; 8] = ["sys/", "net/", "netinet/", "arpa/", "linux/", "asm/", "machine/", "mach/"];

/// `a.b.C`, `a.b.C.member` and, for a package, `a.b`.
pub(super) fn jvm(index: &Index<'_>, at: usize, name: &str, found: &mut BTreeSet<(Target, Bond)>) {
    let parts: Vec<&str> = name.split('.').collect();
    for n in (2..=parts.len()).rev() {
        let (Some(package), Some(class)) = (parts.get(..n - 1), parts.get(n - 1)) else { continue };
        let folder = package.join("/");
        let declared = index.declared.get(class).map(Vec::as_slice).unwrap_or_default();
        let fitting: Vec<usize> = declared.iter().copied().filter(|file| ends_with(split(index.project.path(*file)).0, &folder)).collect();
        let by_name: Vec<usize> = fitting.iter().copied().filter(|file| stem(index.project.path(*file)) == *class).collect();
        let candidates = if by_name.is_empty() { fitting } else { by_name };
        if !candidates.is_empty() {
            if let Some(file) = nearest(index.project, &candidates, index.project.path(at)) {
                found.insert((Target::File(file), Bond::Tight));
            }
            return;
        }
    }
    // A whole package: the folder whose path ends so, when there is one.
    let folder = parts.join("/");
    let named = parts.last().and_then(|last| index.folder_names.get(last)).map(Vec::as_slice).unwrap_or_default();
    let mut folders = named.iter().filter(|known| parts.len() > 1 && ends_with(known, &folder));
    if let (Some(folder), None) = (folders.next(), folders.next()) {
        found.insert((Target::Folder((*folder).to_owned()), Bond::Loose));
    }
}

/// The modules that `go.mod` files declare, the longest path first, each with its folder.
pub(super) fn go_modules(project: &Project) -> Vec<(String, &str)> {
    let module = |text: &str| {
        let line = text.lines().map(str::trim).find_map(|line| line.strip_prefix("module "))?;
        Some(line.split("//").next()?.trim().trim_matches('"').to_owned())
    };
    let mut modules: Vec<(String, &str)> = project.named("go.mod").filter_map(|(folder, text)| Some((module(text)?, folder))).collect();
    modules.sort_by_key(|(path, folder)| (std::cmp::Reverse(path.len()), *folder));
    modules
}

pub(super) fn go(index: &Index<'_>, _: usize, name: &str, found: &mut BTreeSet<(Target, Bond)>) {
    for (module, folder) in &index.go {
        let Some(rest) = name.strip_prefix(module.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/')) else { continue };
        if let Some(target) = follow(folder, rest).filter(|target| index.folders.contains(target.as_str())) {
            found.insert((Target::Folder(target), Bond::Tight));
        }
        return;
    }
}

/// A header next to the source, or the only one whose path ends so.
pub(super) fn include(index: &Index<'_>, at: usize, name: &str, found: &mut BTreeSet<(Target, Bond)>) {
    let path = index.project.path(at);
    let beside = follow(split(path).0, name).and_then(|near| index.file(&near));
    let elsewhere = || {
        let is_standard = name.strip_suffix(".h").is_some_and(|stem| STANDARD.contains(&format!(" {stem} ")));
        if is_standard || SYSTEM.iter().any(|folder| name.starts_with(folder)) || name.contains("..") {
            return None;
        }
        let named = index.names.get(split(name).1)?;
        let fitting: Vec<usize> = named.iter().copied().filter(|file| ends_with(index.project.path(*file), name)).collect();
        nearest(index.project, &fitting, path)
    };
    if let Some(target) = beside.or_else(elsewhere) {
        found.insert((Target::File(target), Bond::Tight));
    }
}
