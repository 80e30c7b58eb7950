//! Filters of ours with arguments, which are taken by place or by name: `excerpt(3, around=1)`.

use minijinja::value::{ArgType, Kwargs};
use minijinja::{Error, ErrorKind, Value};

use super::filters;

pub(super) fn code_block(text: &str, language: Option<&str>, named: Kwargs) -> Result<String, Error> {
    let language = given(language, &named, "language")?.ok_or(ErrorKind::MissingArgument)?;
    let block = filters::code_block(text, language);
    named.assert_all_used()?;
    Ok(block)
}

pub(super) fn excerpt(text: &str, line: Option<usize>, around: Option<usize>, named: Kwargs) -> Result<String, Error> {
    let line = given(line, &named, "line")?.ok_or(ErrorKind::MissingArgument)?;
    let around = given(around, &named, "around")?.unwrap_or(2);
    named.assert_all_used()?;
    Ok(filters::excerpt(text, line, around))
}

pub(super) fn relative(path: &str, folder: Option<&str>, named: Kwargs) -> Result<String, Error> {
    let folder = given(folder, &named, "folder")?.ok_or(ErrorKind::MissingArgument)?;
    let shown = filters::relative(path, folder);
    named.assert_all_used()?;
    Ok(shown)
}

pub(super) fn table(rows: Vec<Vec<Value>>, head: Option<Vec<String>>, named: Kwargs) -> Result<String, Error> {
    let head = given(head, &named, "head")?.ok_or(ErrorKind::MissingArgument)?;
    named.assert_all_used()?;
    Ok(filters::table(&rows, &head))
}

/// An argument by its place, else by its name.
fn given<'a, T: ArgType<'a, Output = T>>(by_place: Option<T>, named: &'a Kwargs, name: &'a str) -> Result<Option<T>, Error> {
    match by_place {
        Some(value) => Ok(Some(value)),
        None => named.get::<Option<T>>(name),
    }
}
