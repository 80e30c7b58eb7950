//! The nodes of the form. How they are made of a tree stands beside.

/// What a node of the form is. What its children are stands beside each; all other children come in the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormKind {
    /// Statements, one child each; the first node of a form is a block.
    Block,
    /// An identifier, or a path that the grammar takes as one.
    Name,
    /// `a.b`, `a->b`, `a::b`: the object; the name is `b`.
    Member,
    /// `a[b]`: object and index.
    Index,
    /// The callee, then the arguments.
    Call,
    /// `new T(…)`, `T { … }`: what is made, then the arguments or pairs.
    New,
    /// A named argument or an entry of a map: its value, where the key is a name or a text, else key and value.
    Pair,
    /// A literal text without holes.
    Text,
    /// A text with holes, or several texts in a row: its parts.
    Template,
    /// A literal number.
    Number,
    /// `true`, `null` and their kin.
    Constant,
    /// A literal of a regular expression.
    Regex,
    /// An array, a tuple, several targets of an assignment.
    List,
    /// A dictionary or an object, or a pattern that takes one apart.
    Map,
    /// Left and right; the name is the operator.
    Binary,
    /// The operand; the name is the operator.
    Unary,
    /// `a ? b : c`: condition and both values.
    Conditional,
    /// A function, method or closure: parameters and body.
    Function,
    /// The name, perhaps with a default value behind it; the name of the node is the type. Annotations come first.
    Parameter,
    /// Target and value; the name is the declared type.
    Assign,
    /// `a += b`: target and value; the name is the operator.
    Append,
    /// What a loop binds, and what it goes through.
    Each,
    /// An expression that is a statement.
    Statement,
    /// Condition, body, and what follows `else`.
    If,
    /// What it binds or asks, then the body.
    Loop,
    /// The subject, then the cases.
    Switch,
    /// What it is for, then its statements.
    Case,
    /// The body, then handlers and what comes finally.
    Try,
    /// What it binds, then the body.
    Catch,
    /// Its body.
    Finally,
    /// The value.
    Return,
    /// What is thrown.
    Throw,
    /// `break`, `continue`, `goto`.
    Jump,
    /// What has to hold.
    Assert,
    /// Its members; the name is that of the class, or what an `impl` is for.
    Class,
    /// An annotation, attribute or decorator.
    Annotation,
    /// The name is the module.
    Import,
    /// One thing that an import brings: its name, `*`, or nothing for the module itself. A child is the name that it has here.
    Imported,
}

/// One node. Nodes come in the order of a walk that meets a parent before its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormNode {
    /// What it is.
    pub kind: FormKind,
    /// Index of the node around it; the first node is its own parent.
    pub parent: u32,
    /// Bytes of the text.
    pub start: u32,
    /// Exclusive.
    pub end: u32,
    /// Bytes of its name; empty for none.
    pub name_start: u32,
    /// Exclusive.
    pub name_end: u32,
}
