//! A bounded store of compiled lists: the list that was not used for the longest time goes first.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Arc, Mutex};

/// Most lists of one kind. The analyzers that come with devflow have about a hundred, over all languages.
const MAX_LISTS: usize = 512;

/// Most memory that the lists of one kind take together, in bytes.
const MAX_BYTES: usize = 256 << 20;

/// A list whose memory can be counted.
pub(super) trait Weigh {
    /// About how many bytes it takes now.
    fn bytes(&self) -> usize;
}

/// Lists by a hash of what they were made of. Nobody can choose two lists of one hash: the hashers are seeded at random.
pub(super) struct Kept<T> {
    hashers: [RandomState; 2],
    lists: Mutex<Lists<T>>,
}

struct Lists<T> {
    entries: Vec<Entry<T>>,
    turn: u64,
}

struct Entry<T> {
    key: [u64; 2],
    used: u64,
    list: Arc<T>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        let lists = Lists { entries: Vec::new(), turn: 0 };
        Self { hashers: [RandomState::new(), RandomState::new()], lists: Mutex::new(lists) }
    }
}

impl<T: Default + Weigh> Kept<T> {
    /// The list of `texts`, empty when it is new.
    pub(super) fn get<K: Hash + ?Sized>(&self, texts: &K) -> Arc<T> {
        let key = [self.hashers[0].hash_one(texts), self.hashers[1].hash_one(texts)];
        let mut lists = self.lists.lock().expect("no thread panics while it holds the compiled lists");
        lists.turn += 1;
        let used = lists.turn;
        let known = lists.entries.iter_mut().find(|entry| entry.key == key).map(|entry| {
            entry.used = used;
            Arc::clone(&entry.list)
        });
        let is_known = known.is_some();
        let list = known.unwrap_or_default();
        if !is_known {
            lists.entries.push(Entry { key, used, list: Arc::clone(&list) });
        }
        // Lists grow while they are used, so a known one can be too much, too.
        if !is_known || used.is_multiple_of(64) {
            lists.trim(MAX_LISTS, MAX_BYTES);
        }
        list
    }
}

impl<T: Weigh> Lists<T> {
    /// The list that was used last stays, however large it is.
    fn trim(&mut self, max_lists: usize, max_bytes: usize) {
        let mut bytes: usize = self.entries.iter().map(|entry| entry.list.bytes()).sum();
        while self.entries.len() > 1 && (self.entries.len() > max_lists || bytes > max_bytes) {
            let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.used).map(|(index, _)| index);
            let Some(oldest) = oldest else { return };
            bytes = bytes.saturating_sub(self.entries.swap_remove(oldest).list.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Heavy;

    impl Weigh for Heavy {
        fn bytes(&self) -> usize {
            MAX_BYTES / 4
        }
    }

    #[derive(Default)]
    struct Light;

    impl Weigh for Light {
        fn bytes(&self) -> usize {
            1
        }
    }

    #[test]
    fn a_list_that_is_used_stays_and_others_go() {
        let kept = Kept::<Light>::default();
        let first = kept.get("first");
        let second = kept.get("second");
        for n in 0..10 * MAX_LISTS {
            kept.get(&n);
            assert!(Arc::ptr_eq(&first, &kept.get("first")));
        }
        assert_eq!(kept.lists.lock().unwrap().entries.len(), MAX_LISTS);
        assert!(!Arc::ptr_eq(&second, &kept.get("second")));
    }

    #[test]
    fn few_large_lists_are_kept() {
        let kept = Kept::<Heavy>::default();
        for n in 0..100 {
            kept.get(&n);
        }
        assert_eq!(kept.lists.lock().unwrap().entries.len(), 4);
    }
}
