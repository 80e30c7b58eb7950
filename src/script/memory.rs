//! Owns how much memory a script may hold: all its variables with everything in them, what closures have captured, and lists that are being made.
//!
//! The engine bounds single values, and nothing that is made of many. So the variables are weighed from time to time. Weighing costs time in
//! proportion to what there is, and more cannot be made without spending time, so time says when it is due.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map, Scope};

/// Most that all values together may take, in bytes. Tests do not want to fill so much.
const MAX_BYTES: u64 = if cfg!(test) { 64 << 20 } else { 512 << 20 };

/// Most values inside of each other. The engine follows them by recursion, and the stack has an end.
const MAX_DEPTH: usize = 64;

/// Least time between two weighings, in nanoseconds. In a millisecond, about 3 MiB can be filled.
const LEAST_PAUSE_NS: u64 = 1_000_000;

/// A pause takes so many times as long as the weighing before it, if that is not too long: what is made in a pause is not seen before its end.
const PAUSE_FACTOR: u64 = 2;

/// Longest pause, in nanoseconds.
const MOST_PAUSE_NS: u64 = 20_000_000;

/// A value in a variable or a list.
const SLOT_BYTES: u64 = 16;

/// An entry of a map beside its value: the key, and its part of the tree.
const ENTRY_BYTES: u64 = 64;

/// A text, a function or another value that has a place of its own.
const BOX_BYTES: u64 = 48;

/// Texts from this length on count once, however often they are held: copies of a text share it.
const SHARED_TEXT_BYTES: usize = 256;

/// What is held, as far as it was weighed.
#[derive(Default)]
pub(super) struct Scales {
    is_due: AtomicBool,
    /// When weighing is due next, in the script's own time.
    next_ns: AtomicU64,
    loads: Mutex<Loads>,
}

#[derive(Default)]
struct Loads {
    /// Bytes of the variables of each function that is being called, by its depth.
    levels: Vec<(usize, u64)>,
    /// Bytes of lists that are being made.
    made: u64,
}

impl Scales {
    /// Forgets what was held; another function of the script begins.
    pub(super) fn clear(&self) {
        self.loads().levels.clear();
    }

    /// Hears of the time of the script.
    pub(super) fn tick(&self, own_ns: u64) {
        if own_ns >= self.next_ns.load(Ordering::Relaxed) {
            self.is_due.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.is_due.load(Ordering::Relaxed)
    }

    /// Notes when a weighing began and ended.
    pub(super) fn weighed(&self, from_ns: u64, to_ns: u64) {
        let pause_ns = to_ns.saturating_sub(from_ns).saturating_mul(PAUSE_FACTOR).clamp(LEAST_PAUSE_NS, MOST_PAUSE_NS);
        self.next_ns.store(to_ns.saturating_add(pause_ns), Ordering::Relaxed);
        self.is_due.store(false, Ordering::Relaxed);
    }

    /// Weighs the variables of the function at this depth of calls.
    ///
    /// # Errors
    /// It is too much, together with the functions around it; or values are too deep inside of each other.
    pub(super) fn weigh(&self, level: usize, scope: &Scope<'_>) -> Result<(), String> {
        let mut load = Load::default();
        for (_, _, value) in scope.iter_raw() {
            load.add(value, 0);
        }
        let mut loads = self.loads();
        loads.levels.retain(|(known, _)| *known < level);
        loads.levels.push((level, load.bytes));
        let all = loads.levels.iter().fold(loads.made, |sum, (_, bytes)| sum.saturating_add(*bytes));
        load.verdict(all)
    }

    /// Watches a list that is being made, which no variable holds yet.
    pub(super) fn making(&self) -> Making<'_> {
        Making { scales: self, bytes: 0 }
    }

    fn loads(&self) -> MutexGuard<'_, Loads> {
        self.loads.lock().expect("no thread panics while it weighs")
    }
}

/// A list that is being made.
pub(super) struct Making<'a> {
    scales: &'a Scales,
    bytes: u64,
}

impl Making<'_> {
    /// Counts one more item.
    ///
    /// # Errors
    /// It is too much, together with other lists that are being made.
    pub(super) fn add(&mut self, item: &Dynamic) -> Result<(), String> {
        let mut load = Load::default();
        load.add(item, 0);
        self.bytes = self.bytes.saturating_add(load.bytes);
        let mut loads = self.scales.loads();
        loads.made = loads.made.saturating_add(load.bytes);
        load.verdict(loads.made)
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        let mut loads = self.scales.loads();
        loads.made = loads.made.saturating_sub(self.bytes);
    }
}

/// What some values weigh. What several of them share counts once.
#[derive(Default)]
struct Load {
    bytes: u64,
    is_deep: bool,
    /// Addresses of what is shared.
    seen: HashSet<usize>,
}

impl Load {
    fn add(&mut self, value: &Dynamic, depth: usize) {
        self.count(SLOT_BYTES);
        if depth > MAX_DEPTH {
            self.is_deep = true;
        } else if value.is_shared() {
            // A cell that is being written to cannot be read; it is weighed the next time.
            if let Some(inner) = value.read_lock::<Dynamic>()
                && self.seen.insert(std::ptr::from_ref::<Dynamic>(&inner).addr())
            {
                self.add(&inner, depth + 1);
            }
        } else if let Some(items) = value.read_lock::<Array>() {
            items.iter().for_each(|item| self.add(item, depth + 1));
        } else if let Some(map) = value.read_lock::<Map>() {
            for (key, value) in map.iter() {
                self.count(ENTRY_BYTES + key.len() as u64);
                self.add(value, depth + 1);
            }
        } else if let Some(text) = value.read_lock::<ImmutableString>() {
            if text.len() < SHARED_TEXT_BYTES || self.seen.insert(text.as_str().as_ptr().addr()) {
                self.count(BOX_BYTES + text.len() as u64);
            }
        } else if let Some(function) = value.read_lock::<FnPtr>() {
            self.count(BOX_BYTES);
            function.iter_curry().for_each(|captured| self.add(captured, depth + 1));
        } else if let Some(bytes) = value.read_lock::<Blob>() {
            self.count(BOX_BYTES + bytes.len() as u64);
        }
    }

    fn count(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn verdict(&self, all: u64) -> Result<(), String> {
        if self.is_deep {
            Err(format!("values are nested more than {MAX_DEPTH} deep"))
        } else if all > MAX_BYTES {
            Err(format!("its values need more than {} MiB of memory", MAX_BYTES >> 20))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(value: &Dynamic) -> u64 {
        let mut load = Load::default();
        load.add(value, 0);
        load.bytes
    }

    #[test]
    fn everything_in_a_value_counts_and_what_is_shared_counts_once() {
        let list: Array = vec![Dynamic::from(1_i64); 1000];
        let alone = weight(&list.clone().into());
        assert!(alone >= 16_000);
        let map: Map = [("a".into(), Dynamic::from_array(list.clone()))].into_iter().collect();
        assert!(weight(&map.into()) > alone);
        let text: Dynamic = "x".repeat(100_000).into();
        let held = weight(&vec![text.clone(), text].into());
        assert!((100_000..110_000).contains(&held), "{held}");
        let cell = Dynamic::from_array(list).into_shared();
        let mut closure = FnPtr::new("f").unwrap();
        closure.add_curry(cell.clone()).add_curry(cell);
        let held = weight(&closure.into());
        assert!((alone..alone + 1000).contains(&held), "{held}");
    }

    #[test]
    fn levels_add_up_and_end_with_their_functions() {
        let scales = Scales::default();
        let half = usize::try_from(MAX_BYTES / SLOT_BYTES / 2).unwrap();
        let mut scope = Scope::new();
        scope.push("a", vec![Dynamic::UNIT; half - 10]);
        assert_eq!(scales.weigh(0, &scope), Ok(()));
        assert_eq!(scales.weigh(1, &scope), Ok(()));
        assert!(scales.weigh(2, &scope).unwrap_err().contains("need more than 64 MiB"));
        assert_eq!(scales.weigh(1, &scope), Ok(()));
    }

    #[test]
    fn pauses_grow_with_what_there_is() {
        let scales = Scales::default();
        scales.tick(0);
        assert!(scales.is_due());
        scales.weighed(0, 10_000_000);
        scales.tick(29_000_000);
        assert!(!scales.is_due());
        scales.tick(30_000_000);
        assert!(scales.is_due());
    }
}
