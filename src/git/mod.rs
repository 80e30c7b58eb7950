//! Owns what devflow knows of git: the names it writes and the diffs it gives. Never looks at what a change means.

mod diff;

pub use diff::{DiffError, DiffFile, DiffHunk, DiffLine, fit, parse};

/// Takes the quotes from a name that git put them around: odd bytes stand there as `\303`.
pub fn unquoted(name: &[u8]) -> Vec<u8> {
    let Some(inner) = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) else { return name.to_vec() };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        rest = match (first, after.first(), octal) {
            (b'\\', _, Some(byte)) => {
                bytes.push(byte);
                &after[3..]
            }
            (b'\\', Some(letter), None) => {
                bytes.push(match letter {
                    b'n' => b'\n',
                    b't' => b'\t',
                    other => *other,
                });
                &after[1..]
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    bytes
}
