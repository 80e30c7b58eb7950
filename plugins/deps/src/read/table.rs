//! Owns short ways to look into TOML with places. Never panics on a value of another type.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A key with its value.
pub type Entry<'t, 'a> = (&'t Spanned<DeString<'a>>, &'t Spanned<DeValue<'a>>);

/// Reads a whole text. Nothing when it is not TOML.
pub fn parse(text: &str) -> Option<DeTable<'_>> {
    DeTable::parse(text).ok().map(Spanned::into_inner)
}

/// The value under a key.
pub fn get<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t DeValue<'a>> {
    table.get(key).map(Spanned::get_ref)
}

/// The table under a key.
pub fn table<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t DeTable<'a>> {
    get(table, key).and_then(DeValue::as_table)
}

/// The table under keys, one in the other.
pub fn table_at<'t, 'a>(table: &'t DeTable<'a>, keys: &[&str]) -> Option<&'t DeTable<'a>> {
    keys.iter().try_fold(table, |inner, key| self::table(inner, key))
}

/// The text under a key.
pub fn text<'t>(table: &'t DeTable<'_>, key: &str) -> Option<&'t str> {
    get(table, key).and_then(DeValue::as_str)
}

/// The truth value under a key.
pub fn truth(table: &DeTable<'_>, key: &str) -> Option<bool> {
    get(table, key).and_then(DeValue::as_bool)
}

/// The items of the list under a key, or nothing.
pub fn list<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Vec<&'t Spanned<DeValue<'a>>> {
    get(table, key).and_then(DeValue::as_array).map(|items| items.iter().collect()).unwrap_or_default()
}

/// The texts of the list under a key, each with its place.
pub fn texts<'t>(table: &'t DeTable<'_>, key: &str) -> Vec<(&'t str, Range<usize>)> {
    list(table, key).into_iter().filter_map(|item| Some((item.get_ref().as_str()?, item.span()))).collect()
}

/// The entries of a table in the order of the text.
pub fn entries<'t, 'a>(table: &'t DeTable<'a>) -> Vec<Entry<'t, 'a>> {
    let mut entries: Vec<Entry<'t, 'a>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The place of a key.
pub fn key_span(table: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
    table.get_key_value(key).map(|(key, _)| key.span())
}
