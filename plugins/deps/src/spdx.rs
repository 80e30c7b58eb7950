//! Owns licence expressions: whether a list of denied licences leaves a way to use a package. Never judges a licence itself.

/// Whether every way to use something under this licence is denied.
pub(crate) fn is_denied(expression: &str, denied: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, at: 0, depth: 0 };
    match reader.either(denied) {
        Some(verdict) if reader.at == words.len() => verdict,
        // Not an expression: a name in words.
        _ => matches(expression.trim(), denied),
    }
}

/// Deeper nesting is no expression.
const MAX_DEPTH: usize = 16;

struct Reader<'w> {
    words: &'w [&'w str],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        let is_next = self.words.get(self.at).is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }

    /// One of several is enough.
    fn either(&mut self, denied: &[String]) -> Option<bool> {
        let mut verdict = self.both(denied)?;
        while self.take("OR") {
            verdict &= self.both(denied)?;
        }
        Some(verdict)
    }

    /// All hold.
    fn both(&mut self, denied: &[String]) -> Option<bool> {
        let mut verdict = self.one(denied)?;
        while self.take("AND") {
            verdict |= self.one(denied)?;
        }
        Some(verdict)
    }

    fn one(&mut self, denied: &[String]) -> Option<bool> {
        if self.take("(") {
            self.depth += 1;
            let verdict = if self.depth > MAX_DEPTH { None } else { self.either(denied) }?;
            return self.take(")").then_some(verdict);
        }
        let name = *self.words.get(self.at)?;
        self.at += 1;
        if self.take("WITH") {
            self.at += 1;
        }
        Some(matches(name, denied))
    }
}

/// `GPL-3.0` denies `GPL-3.0-only`, `GPL-3.0-or-later` and `GPL-3.0+` too.
fn matches(name: &str, denied: &[String]) -> bool {
    let lower = name.to_ascii_lowercase();
    let base = ["-only", "-or-later", "+"].iter().find_map(|end| lower.strip_suffix(end)).unwrap_or(&lower);
    denied.iter().any(|denied| denied.eq_ignore_ascii_case(name) || denied.eq_ignore_ascii_case(base))
}

#[cfg(test)]
mod tests {
    use super::is_denied;

    #[test]
    fn one_way_that_is_allowed_is_enough() {
        let denied = ["GPL-3.0".to_owned(), "AGPL-3.0-only".to_owned()];
        for bad in
            ["GPL-3.0", "gpl-3.0-or-later", "GPL-3.0+", "MIT AND GPL-3.0", "(GPL-3.0 OR AGPL-3.0-only)", "GPL-3.0 WITH GCC-exception-3.1"]
        {
            assert!(is_denied(bad, &denied), "{bad}");
        }
        for good in ["MIT", "MIT OR GPL-3.0", "MIT/GPL-3.0", "(MIT AND Zlib) OR GPL-3.0", "LGPL-3.0", "AGPL-3.0-or-later", "", "((((", "OR"]
        {
            assert!(!is_denied(good, &denied), "{good}");
        }
    }
}
