//! Filters of the engine that make more than they are given: each is checked first, and then done by the engine.
//!
//! The engine's own stand beside them under a name that begins with `=`.

use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters};

use super::error::FILTERS;
use super::limits::{MADE, Measure, TEXT, fits, size, weigh, written};

/// Most parts of `batch` and `slice`.
const MOST_PARTS: usize = 100_000;

/// Widest field of `format`.
const MOST_WIDTH: usize = 1000;

/// Widest indentation of `tojson`, for each level.
const MOST_INDENT: usize = 16;

/// Bytes that are written with an indentation, before it is added.
const MOST_INDENTED: u64 = 1 << 20;

/// Numbers have a sum of any length; of lists and texts, each step makes a longer one.
const MOST_SUMMANDS: usize = 1000;

/// Filters of the engine that make a text of their input, or parts of one, before they start.
pub(super) const TEXTS: [&str; 11] = ["capitalize", "e", "escape", "lines", "lower", "safe", "split", "string", "title", "trim", "upper"];

/// Filters that compare items with each other.
pub(super) const SORTERS: [&str; 6] = ["dictsort", "groupby", "max", "min", "sort", "unique"];

/// Puts the checked ones in the place of the engine's.
pub(super) fn install(environment: &mut Environment<'_>) {
    environment.add_filter("=batch", filters::batch);
    environment.add_filter("batch", batch);
    environment.add_filter("=slice", filters::slice);
    environment.add_filter("slice", slice);
    environment.add_filter("=replace", filters::replace);
    environment.add_filter("replace", replace);
    environment.add_filter("=join", filters::join);
    environment.add_filter("join", join);
    environment.add_filter("=indent", filters::indent);
    environment.add_filter("indent", indent);
    environment.add_filter("=format", filters::format);
    environment.add_filter("format", format);
    environment.add_filter("=tojson", filters::tojson);
    environment.add_filter("tojson", tojson);
    environment.add_filter("=pprint", filters::pprint);
    environment.add_filter("pprint", pprint);
    environment.add_filter("=sum", filters::sum);
    environment.add_filter("sum", sum);
    environment.add_filter("=map", filters::map);
    environment.add_filter("map", map);
    environment.add_function("debug", debug);
}

/// The argument at `at`, or the one called `name`.
fn argument(args: &[Value], at: usize, name: &str) -> Option<Value> {
    let is_there = |value: &Value| !value.is_undefined() && !value.is_none();
    let by_place = args.get(at).filter(|value| !value.is_kwargs()).cloned();
    let named = || args.last().filter(|last| last.is_kwargs()).and_then(|options| options.get_attr(name).ok());
    by_place.or_else(named).filter(is_there)
}

fn refuse(reason: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason)
}

fn batch(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    parts(state, "=batch", args)
}

fn slice(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    parts(state, "=slice", args)
}

fn parts(state: &mut State<'_, '_>, own: &str, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    if args.get(1).and_then(Value::as_usize).is_some_and(|count| count > MOST_PARTS) {
        return Err(refuse(format!("more than {MOST_PARTS} parts")));
    }
    state.apply_filter(own, &args)
}

fn replace(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    if let [value, from, to, ..] = args.as_slice() {
        let measure = written(state);
        let whole = size(value, measure)?;
        size(from, measure)?;
        let n_places = match (value.as_str(), from.as_str()) {
            (Some(value), Some(from)) => value.matches(from).count() as u64,
            _ => whole + 1,
        };
        fits(whole.saturating_add(n_places.saturating_mul(size(to, measure)?)))?;
    }
    state.apply_filter("=replace", &args)
}

fn join(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    let measure = written(state);
    let joiner = argument(&args, 1, "d").map_or(Ok(0), |joiner| size(&joiner, measure))?;
    let attribute = argument(&args, 2, "attribute");
    let mut whole = 0_u64;
    for item in args.first().and_then(|value| value.try_iter().ok()).into_iter().flatten() {
        whole = whole.saturating_add(joiner).saturating_add(size(&inside(item, attribute.as_ref()), measure)?);
        fits(whole)?;
    }
    state.apply_filter("=join", &args)
}

/// What a dotted path leads to.
fn inside(item: Value, path: Option<&Value>) -> Value {
    let Some(path) = path.and_then(Value::as_str) else { return item };
    let step = |value: Value, name: &str| match name.parse::<usize>() {
        Ok(at) => value.get_item_by_index(at).unwrap_or_default(),
        Err(_) => value.get_attr(name).unwrap_or_default(),
    };
    path.split('.').fold(item, step)
}

fn indent(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    if let Some(value) = args.first() {
        let width = argument(&args, 1, "width").and_then(|width| width.as_usize()).unwrap_or(4) as u64;
        let n_lines = value.as_str().map_or(1, |text| text.matches('\n').count() as u64 + 1);
        fits(size(value, Measure::Plain)?.saturating_add(width.saturating_mul(n_lines)))?;
    }
    state.apply_filter("=indent", &args)
}

fn format(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    if let Some((pattern, values)) = args.split_first() {
        let measure = written(state);
        let whole = size(pattern, measure)?;
        let pattern = pattern.as_str().unwrap_or("");
        // A star takes the width from the values.
        let is_wide = |value: &Value| value.as_i64().is_some_and(|width| width.unsigned_abs() > MOST_WIDTH as u64);
        if has_wide_field(pattern) || (pattern.contains('*') && values.iter().any(is_wide)) {
            return Err(refuse(format!("a field of more than {MOST_WIDTH} characters")));
        }
        let mut largest = MOST_WIDTH as u64;
        for value in values {
            largest = largest.max(size(value, measure)?);
        }
        fits(whole.saturating_add(largest.saturating_mul(pattern.matches('%').count() as u64)))?;
    }
    state.apply_filter("=format", &args)
}

/// Whether a width or a precision in `%-8.3f` or `%(name)8s` is too large.
fn has_wide_field(pattern: &str) -> bool {
    let plain = pattern.replace("%%", "");
    plain.split('%').skip(1).any(|field| {
        let field = field.strip_prefix('(').and_then(|named| named.split_once(')')).map_or(field, |(_, rest)| rest);
        let end = field.find(|c: char| !c.is_ascii_digit() && !"#- +.*".contains(c)).unwrap_or(field.len());
        let mut numbers = field[..end].split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        numbers.any(|digits| !digits.parse::<usize>().is_ok_and(|number| number <= MOST_WIDTH))
    })
}

fn tojson(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    if let Some(value) = args.first() {
        let whole = weigh(value, Measure::Escaped)?;
        if let Some(indent) = argument(&args, 1, "indent") {
            indented(whole)?;
            if indent.as_usize().is_some_and(|width| width > MOST_INDENT) {
                return Err(refuse(format!("an indentation of more than {MOST_INDENT} characters")));
            }
        }
    }
    state.apply_filter("=tojson", &args)
}

fn pprint(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    if let Some(value) = args.first() {
        indented(size(value, Measure::Plain)?)?;
    }
    state.apply_filter("=pprint", &args)
}

/// Each item gets a line of its own, with blanks for each level.
fn indented(size: u64) -> Result<(), Error> {
    if size > MOST_INDENTED { Err(refuse(format!("more than {} MiB cannot be indented", MOST_INDENTED >> 20))) } else { Ok(()) }
}

fn sum(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    let attribute = argument(&args, 1, "attribute");
    let items = args.first().and_then(|value| value.try_iter().ok()).into_iter().flatten();
    let others = items.map(|item| inside(item, attribute.as_ref())).filter(|item| !item.is_number());
    if others.take(MOST_SUMMANDS + 1).count() > MOST_SUMMANDS {
        return Err(refuse(format!("more than {MOST_SUMMANDS} summands that are not numbers")));
    }
    state.apply_filter("=sum", &args)
}

/// The filter of `map("upper")` is called for each item, and what it makes is counted each time.
fn map(state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    let name = args.get(1).and_then(Value::as_str).map(str::to_owned);
    let (Some(items), Some(name)) = (args.first().filter(|items| !items.is_undefined()), name) else {
        return state.apply_filter("=map", &args);
    };
    let unknown = || Error::new(ErrorKind::UnknownFilter, format!("filter {name} is unknown"));
    if name.starts_with('=') {
        return Err(unknown());
    }
    let mut made = Vec::new();
    for item in items.try_iter()?.checked() {
        let item = item?;
        let is_text = TEXTS.contains(&name.as_str()) || FILTERS.contains(&name.as_str());
        let item = if is_text { state.apply_filter(TEXT, &[item])? } else { item };
        let call: Vec<Value> = std::iter::once(item).chain(args.iter().skip(2).cloned()).collect();
        let result = state.apply_filter(&name, &call).map_err(|error| {
            let is_unknown = error.kind() == ErrorKind::UnknownFilter && error.detail().is_none();
            if is_unknown { unknown() } else { error }
        })?;
        made.push(state.apply_filter(MADE, &[result])?);
    }
    Ok(made.into_iter().collect())
}

/// Values as the engine sees them; without any, the names that can be used.
fn debug(state: &mut State<'_, '_>, args: Rest<Value>) -> Result<String, Error> {
    let mut text = String::new();
    for value in args.iter() {
        indented(size(value, Measure::Plain)?)?;
        text.push_str(&format!("{value:#?}\n"));
    }
    if args.is_empty() {
        text.push_str(&state.known_variables().join("\n"));
    }
    Ok(text)
}
