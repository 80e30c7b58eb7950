//! What a row can ask of a place.

/// Where a condition looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An argument by its number, and keys in it.
    Position(usize, Vec<String>),
    /// A named argument, or an entry of a map among the arguments.
    Key(String),
    /// Each argument; one is enough.
    Any,
    /// What is set.
    Value,
    /// What a method is called on.
    Receiver,
    /// An argument of the call that a method is called on.
    ReceiverArgument(usize),
    /// The names that the value goes to.
    Target,
    /// An argument of the call that a chain of calls begins with.
    RootArgument(usize),
    /// The name of the function around.
    Function,
    /// The names of the parameters of the function around.
    Parameters,
    /// The names in the conditions around.
    Condition,
    /// What stands under another key of the same map or struct.
    Beside(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// It is one of these constants, names, numbers or texts.
    Is(Vec<String>),
    IsNot(Vec<String>),
    /// It can be a text that fits one of these patterns; `*` stands for anything.
    Fits(Vec<String>),
    FitsNot(Vec<String>),
    Below(i64),
    Above(i64),
    /// It has one of these bits.
    Bits(i64),
    /// Its name has one of these words.
    Has(Vec<String>),
    HasNot(Vec<String>),
    /// It stands in the file as a whole.
    Fixed,
    /// It is a text, or made of texts, that stands in the file; the name of a constant is not enough.
    Literal,
    /// It neither stands in the file nor is cleaned.
    Open,
    /// It is a text with something open in it, or comes from outside.
    Glued,
    /// It comes from outside of the program.
    Sent,
    /// The same, and it is the value as it came, not something made of its parts.
    Whole,
    /// It comes from outside, and it is an address whose host, or a path whose beginning, is not fixed.
    Leads,
    Missing,
    Given,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// One of these places, the first that is there, is so.
    Of(Vec<Place>, Op),
    /// One of these modules is imported.
    Imports(Vec<String>),
    /// It is given to one of these.
    In(Vec<String>),
    /// No row of these groups speaks of the same thing.
    Unless(Vec<String>),
    /// No row of these groups speaks of anything in the function.
    Nowhere(Vec<String>),
    /// A row of these groups speaks of something in the function.
    Somewhere(Vec<String>),
    /// Something is done with its result, or nothing is.
    Used(bool),
}
