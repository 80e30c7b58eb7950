//! Limits of what a template makes: of one value, of everything together, and of the time that it takes.
//!
//! The engine counts steps, and a single step can make gigabytes: `"x" * 100000000`, `batch`, `replace`. So [`super::metered`] puts one of the
//! filters of this file around whatever can grow. Their names begin with `=`, which no template can write.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, Value};

use super::value::is_view;

/// Bytes of the longest text that is made, and of a whole page.
const MOST_TEXT: u64 = 64 << 20;

/// Bytes of the longest text that a filter works on: `lines` makes a value of each line, and `inline` a part of each word.
const MOST_INPUT: u64 = 8 << 20;

/// Bytes of everything that is made on the way to a page. What is dropped again counts as well, so this also limits what is held.
const MOST_MADE: u64 = 256 << 20;

/// Time for a page. It ends what neither steps nor bytes do: a small template that searches a long text again and again.
const MOST_TIME: Duration = Duration::from_secs(20);

/// Lists in lists. The engine descends once for each, when it writes a value and when it drops one.
const MOST_LEVELS: usize = 64;

/// Arguments that a list can be spread to.
const MOST_ARGUMENTS: usize = 10_000;

/// Bytes of a value, without what it points to.
const SLOT: u64 = 24;

/// Bytes of a list beside its items.
const LIST: u64 = 128;

/// Bytes of a map beside its items. Maps can be chained by assignments (`{% set a.next = b %}`), and the engine descends the chain when it
/// drops it: as many as can be made fit into the stack.
const MAP: u64 = 1024;

/// Counts a value that was made.
pub(super) const MADE: &str = "=made";

/// Counts a value that can hold others more than once.
pub(super) const FRESH: &str = "=fresh";

/// Counts the result of `+`.
pub(super) const SUM: &str = "=added";

/// Checks what is multiplied.
pub(super) const FACTOR: &str = "=factor";

/// Checks what an operator or a filter reads.
pub(super) const READ: &str = "=read";

/// Checks what is compared with itself, item by item.
pub(super) const SORTED: &str = "=sorted";

/// Checks what an operator writes as text.
pub(super) const SHOWN: &str = "=shown";

/// Checks what a filter writes as text before it starts.
pub(super) const TEXT: &str = "=text";

/// Checks what one of our own filters is given, which must be there.
pub(super) const NEEDED: &str = "=needed";

/// Checks a list that is spread to arguments.
pub(super) const SPREAD: &str = "=spread";

/// Counts a macro: each declaration keeps the values of its surroundings.
pub(super) const MACRO: &str = "=macro";

/// What a value is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// To be held. The views of the page count as one value each: they were there before the template.
    Held,
    /// To be written as it is.
    Plain,
    /// To be written as HTML or JSON.
    Escaped,
}

/// What was made so far for one page.
#[derive(Debug)]
struct Meter {
    made: AtomicU64,
    calls: AtomicU64,
    end: Instant,
}

/// Adds the filters that count, and a formatter that does.
pub(super) fn install(environment: &mut Environment<'_>) {
    let meter = Arc::new(Meter { made: AtomicU64::new(0), calls: AtomicU64::new(0), end: Instant::now() + MOST_TIME });
    let own = Arc::clone(&meter);
    environment.add_filter(MADE, move |value: &Value| own.made(value));
    let own = Arc::clone(&meter);
    environment.add_filter(FRESH, move |value: &Value| own.fresh(value));
    let own = Arc::clone(&meter);
    environment.add_filter(SUM, move |value: &Value| own.sum(value));
    let own = Arc::clone(&meter);
    environment.add_filter(FACTOR, move |value: &Value| own.factor(value));
    let own = Arc::clone(&meter);
    environment.add_filter(READ, move |value: &Value| own.read(value));
    let own = Arc::clone(&meter);
    environment.add_filter(SORTED, move |value: &Value| own.sorted(value));
    let own = Arc::clone(&meter);
    environment.add_filter(SHOWN, move |value: &Value| own.shown(value));
    let own = Arc::clone(&meter);
    environment.add_filter(TEXT, move |value: &Value| own.text(value));
    let own = Arc::clone(&meter);
    environment.add_filter(NEEDED, move |value: &Value| own.needed(value));
    let own = Arc::clone(&meter);
    environment.add_filter(SPREAD, move |value: &Value| own.spread(value));
    let own = Arc::clone(&meter);
    environment.add_filter(MACRO, move |value: &Value| own.add(MAP).map(|()| value.clone()));
    environment.set_formatter(move |out, state, value| {
        meter.add(weigh(value, written(state))?)?;
        minijinja::escape_formatter(out, state, value)
    });
}

impl Meter {
    /// Looks at the clock, now and then.
    fn tick(&self) -> Result<(), Error> {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        if calls.is_multiple_of(64) && Instant::now() > self.end {
            let reason = format!("the template takes longer than {} seconds", MOST_TIME.as_secs());
            return Err(Error::new(ErrorKind::InvalidOperation, reason));
        }
        Ok(())
    }

    /// Counts `size` bytes.
    fn add(&self, size: u64) -> Result<(), Error> {
        self.tick()?;
        if self.made.fetch_add(size, Ordering::Relaxed).saturating_add(size) > MOST_MADE {
            let reason = format!("the template makes more than {} MiB of values in all", MOST_MADE >> 20);
            return Err(Error::new(ErrorKind::InvalidOperation, reason));
        }
        Ok(())
    }

    fn made(&self, value: &Value) -> Result<Value, Error> {
        let value = settled(value)?;
        let size = match value.as_str() {
            Some(text) => text.len() as u64,
            None if value.kind() == ValueKind::Seq => LIST + SLOT * value.len().unwrap_or(0) as u64,
            None => 0,
        };
        fits(size)?;
        self.add(size)?;
        Ok(value)
    }

    fn fresh(&self, value: &Value) -> Result<Value, Error> {
        let value = self.made(value)?;
        weigh(&value, Measure::Held)?;
        match value.kind() {
            ValueKind::Map => self.add(MAP)?,
            // What `chain` makes refers to other lists, even to thousands of empty ones.
            ValueKind::Seq if !value.is_tuple() => return listed(&value),
            _ => {}
        }
        Ok(value)
    }

    /// Two lists are one that refers to both, so that only its length has to be checked. The engine copies them now and then.
    fn sum(&self, value: &Value) -> Result<Value, Error> {
        match value.len() {
            Some(0) if value.kind() == ValueKind::Iterable => listed(value),
            Some(length) if value.kind() == ValueKind::Iterable => {
                fits(SLOT.saturating_mul(length as u64))?;
                self.add(LIST)?;
                Ok(value.clone())
            }
            _ => self.made(value),
        }
    }

    fn factor(&self, value: &Value) -> Result<Value, Error> {
        // The engine repeats a tuple at once, whatever that takes, and a list when it is looked at.
        if value.is_tuple() {
            return Err(Error::new(ErrorKind::InvalidOperation, "a tuple cannot be repeated; use a list"));
        }
        self.read(value)
    }

    fn read(&self, value: &Value) -> Result<Value, Error> {
        self.tick()?;
        match value.as_str() {
            Some(text) => fits(text.len() as u64)?,
            None if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) => {
                fits(SLOT.saturating_mul(value.len().unwrap_or(0) as u64))?;
            }
            None => {}
        }
        Ok(value.clone())
    }

    fn sorted(&self, value: &Value) -> Result<Value, Error> {
        self.tick()?;
        weigh(value, Measure::Held)?;
        Ok(value.clone())
    }

    fn shown(&self, value: &Value) -> Result<Value, Error> {
        self.tick()?;
        weigh(value, Measure::Plain)?;
        Ok(value.clone())
    }

    fn text(&self, value: &Value) -> Result<Value, Error> {
        match value.as_str() {
            Some(text) => {
                self.tick()?;
                is_input(text)?;
                Ok(value.clone())
            }
            None => self.shown(value),
        }
    }

    /// A filter would say that it is no text, and not which name is wrong.
    fn needed(&self, value: &Value) -> Result<Value, Error> {
        if value.is_undefined() { Err(Error::from(ErrorKind::UndefinedError)) } else { self.text(value) }
    }

    fn spread(&self, value: &Value) -> Result<Value, Error> {
        let value = self.made(value)?;
        if value.len().is_some_and(|length| length > MOST_ARGUMENTS) {
            return Err(Error::new(ErrorKind::InvalidOperation, format!("more than {MOST_ARGUMENTS} arguments")));
        }
        Ok(value)
    }
}

/// Turns what is computed each time it is looked at into a list: a chain of such values is as deep as it is long.
fn settled(value: &Value) -> Result<Value, Error> {
    if value.kind() == ValueKind::Iterable { listed(value) } else { Ok(value.clone()) }
}

fn listed(value: &Value) -> Result<Value, Error> {
    let mut items = Vec::new();
    for item in value.try_iter()?.checked() {
        fits(SLOT * (items.len() as u64 + 1))?;
        items.push(item?);
    }
    Ok(items.into_iter().collect())
}

/// How a value is written here.
pub(super) fn written(state: &State<'_, '_>) -> Measure {
    if matches!(state.auto_escape(), AutoEscape::None) { Measure::Plain } else { Measure::Escaped }
}

/// Bytes of `value`, at most. What it refers to more than once counts each time.
///
/// # Errors
/// One that is larger than a page may be, or nested too deeply.
pub(super) fn weigh(value: &Value, measure: Measure) -> Result<u64, Error> {
    let mut left = MOST_TEXT;
    take(value, measure, 0, &mut left)?;
    Ok(MOST_TEXT - left)
}

fn take(value: &Value, measure: Measure, level: usize, left: &mut u64) -> Result<(), Error> {
    if level > MOST_LEVELS {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("lists in lists, more than {MOST_LEVELS} levels deep")));
    }
    let is_map = value.kind() == ValueKind::Map;
    let is_list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    let own = match value.as_str() {
        // What is safe is not escaped.
        Some(text) if measure == Measure::Escaped && !value.is_safe() => escaped(text),
        Some(text) => text.len() as u64,
        None if is_map || is_list => LIST,
        None => 0,
    };
    *left = left.checked_sub(SLOT + own).ok_or_else(too_large)?;
    if !(is_map || is_list) || (measure == Measure::Held && is_view(value)) {
        return Ok(());
    }
    for item in value.try_iter()? {
        take(&item, measure, level + 1, left)?;
        if is_map {
            take(&value.get_item(&item)?, measure, level + 1, left)?;
        }
    }
    Ok(())
}

/// Bytes of a text as HTML or JSON, at most.
fn escaped(text: &str) -> u64 {
    let is_marked = |byte: u8| matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'' | b'/' | b'\\' | 0..=31);
    let n_marked = text.bytes().filter(|byte| is_marked(*byte)).count();
    (text.len() + 5 * n_marked) as u64
}

/// Bytes of a value as text, for a filter that is given it.
pub(super) fn size(value: &Value, measure: Measure) -> Result<u64, Error> {
    if let Some(text) = value.as_str() {
        is_input(text)?;
    }
    weigh(value, measure)
}

/// Refuses what would be larger than a value may be.
pub(super) fn fits(size: u64) -> Result<(), Error> {
    if size > MOST_TEXT { Err(too_large()) } else { Ok(()) }
}

fn is_input(text: &str) -> Result<(), Error> {
    if text.len() as u64 > MOST_INPUT {
        let reason = format!("a text of more than {} MiB is too long for this filter", MOST_INPUT >> 20);
        return Err(Error::new(ErrorKind::InvalidOperation, reason));
    }
    Ok(())
}

fn too_large() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("this makes a value of more than {} MiB", MOST_TEXT >> 20))
}
