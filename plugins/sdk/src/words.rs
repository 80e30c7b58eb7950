//! Names and words in a text, as far as all languages agree on them: for plugins that look at the text of a piece of syntax.

/// Whether a character can stand in a name: a letter, a digit, `_` or `$`.
pub fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// Whether a text is one name; it does not begin with a digit.
pub fn is_name(text: &str) -> bool {
    text.chars().all(is_name_char) && text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$'))
}

/// The words of a text with their offsets: longest runs of characters that can stand in a name.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(|c: char| !is_name_char(c)).filter_map(move |word| {
        let start = at;
        at += word.len();
        // The character that ended the word; any length.
        at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((start, word))
    })
}

/// The words of a name, in small letters: `userId` and `user_id` are `user`, `id`; `APIKey` is `api`, `key`.
pub fn words_of_name(name: &str) -> impl Iterator<Item = String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, c) in chars.iter().enumerate() {
        let was_lower = at > 0 && (chars[at - 1].is_lowercase() || chars[at - 1].is_ascii_digit());
        let was_upper = at > 0 && chars[at - 1].is_uppercase();
        let ends_acronym = was_upper && c.is_uppercase() && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) || ends_acronym {
            words.push(String::new());
        }
        words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())));
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// Offsets at which `word`, a name or a path of names, stands in a text as a whole; a path may go on behind it.
pub fn word_places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let places = text.match_indices(word).map(|(at, _)| at);
    places.filter(move |&at| !word.is_empty() && !text[..at].ends_with(is_name_char) && !text[at + word.len()..].starts_with(is_name_char))
}

/// Whether `word` stands in a text as a whole; see [`word_places`].
pub fn has_word(text: &str, word: &str) -> bool {
    word_places(text, word).next().is_some()
}

/// A text on one line, with one blank for each run of white space.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, of at most `max_chars` characters, with a mark when something was cut.
pub fn shortened(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("").trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_offsets() {
        assert_eq!(words("a + é.$b(2c)").collect::<Vec<_>>(), [(0, "a"), (4, "é"), (7, "$b"), (10, "2c")]);
        assert_eq!(words("+").next(), None);
    }

    #[test]
    fn a_word_stands_as_a_whole() {
        assert_eq!(word_places("add(addend, x.add) $add add_", "add").collect::<Vec<_>>(), [0, 14]);
        assert!(has_word("if user.name.is_empty()", "user.name") && !has_word("user.names", "user.name"));
        assert!(!has_word("anything", ""));
    }

    #[test]
    fn a_name_is_one_word_that_begins_with_no_digit() {
        assert!(is_name("_a1") && is_name("$") && is_name("é") && !is_name("1a") && !is_name("a-b") && !is_name(""));
    }

    #[test]
    fn a_text_is_cut_at_characters() {
        assert_eq!(shortened(&one_line(" a\n\té b "), 3), "a é…");
        assert_eq!(shortened("abc", 3), "abc");
    }
}
