//! Owns what a run and each of its analyzers may still spend.

use std::collections::BTreeMap;

use crate::types::Ticks;

#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    limit: Option<Ticks>,
    spent: Ticks,
    reserved: Ticks,
}

/// What became of a wish to set money aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pipeline) enum Wish {
    /// It is set aside.
    Granted,
    /// Not now; money that others have set aside may come back.
    Later,
    /// Never, and why.
    Refused(String),
}

/// The budget of the run, and those of analyzers that have one of their own.
#[derive(Clone, Debug, Default)]
pub(in crate::pipeline) struct Budgets {
    run: Budget,
    analyzers: BTreeMap<String, Budget>,
}

impl Budget {
    fn wish(&self, cost: Ticks, whose: &str) -> Wish {
        let Self { limit, spent, reserved } = *self;
        match limit {
            Some(limit) if spent + cost > limit => {
                Wish::Refused(format!("{whose} of {limit} does not allow it: {spent} spent, up to {cost} for this"))
            }
            Some(limit) if spent + reserved + cost > limit => Wish::Later,
            _ => Wish::Granted,
        }
    }
}

impl Budgets {
    pub(in crate::pipeline) fn new(run: Option<Ticks>, analyzers: impl IntoIterator<Item = (String, Ticks)>) -> Self {
        let limited = |(id, limit)| (id, Budget { limit: Some(limit), ..Budget::default() });
        Self { run: Budget { limit: run, ..Budget::default() }, analyzers: analyzers.into_iter().map(limited).collect() }
    }

    /// Sets money aside for the worst case.
    pub(in crate::pipeline) fn reserve(&mut self, analyzer: &str, cost: Ticks) -> Wish {
        let own = self.analyzers.get_mut(analyzer);
        let wishes =
            [self.run.wish(cost, "the budget"), own.as_ref().map_or(Wish::Granted, |own| own.wish(cost, "the plugin's own budget"))];
        // What is refused by one need not wait for the other.
        for wish in [|wish: &Wish| matches!(wish, Wish::Refused(_)), |wish: &Wish| *wish == Wish::Later] {
            if let Some(found) = wishes.iter().find(|found| wish(found)) {
                return found.clone();
            }
        }
        self.run.reserved += cost;
        if let Some(own) = own {
            own.reserved += cost;
        }
        Wish::Granted
    }

    pub(in crate::pipeline) fn release(&mut self, analyzer: &str, cost: Ticks) {
        self.run.reserved = self.run.reserved - cost;
        if let Some(own) = self.analyzers.get_mut(analyzer) {
            own.reserved = own.reserved - cost;
        }
    }

    pub(in crate::pipeline) fn pay(&mut self, analyzer: &str, cost: Ticks) {
        self.run.spent += cost;
        if let Some(own) = self.analyzers.get_mut(analyzer) {
            own.spent += cost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_set_aside_may_come_back_and_money_spent_does_not() {
        let mut budgets = Budgets::new(Some(Ticks(10)), []);
        assert_eq!(budgets.reserve("a", Ticks(7)), Wish::Granted);
        assert_eq!(budgets.reserve("a", Ticks(7)), Wish::Later);
        budgets.pay("a", Ticks(4));
        budgets.release("a", Ticks(7));
        assert!(matches!(budgets.reserve("a", Ticks(7)), Wish::Refused(_)));
        assert_eq!(budgets.reserve("a", Ticks(6)), Wish::Granted);
    }

    #[test]
    fn an_analyzer_has_its_own_limit_and_others_do_not_feel_it() {
        let mut budgets = Budgets::new(None, [("small".to_owned(), Ticks(5))]);
        assert!(matches!(budgets.reserve("small", Ticks(6)), Wish::Refused(reason) if reason.contains("the plugin's own budget")));
        assert_eq!(budgets.reserve("small", Ticks(5)), Wish::Granted);
        assert_eq!(budgets.reserve("small", Ticks(1)), Wish::Later);
        assert_eq!(budgets.reserve("large", Ticks(1_000_000)), Wish::Granted);
    }
}
