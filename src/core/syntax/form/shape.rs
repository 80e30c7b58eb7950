//! What a node kind of a grammar becomes in the form.

use super::node::FormKind;

/// What a node kind becomes. Fields are separated by spaces; of several that stand for one thing in different grammars, those that are there
/// count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Nothing; its children do not count either.
    Skip,
    /// The nodes in these fields take its place.
    Only(&'static str),
    /// Its first child takes its place.
    First,
    /// A node without children.
    Leaf(FormKind),
    /// A node with all its children.
    All(FormKind),
    /// A node with the name in this field, and all other children.
    Named(FormKind, &'static str),
    /// A node with the name in the first field, and the children in the others, in this order.
    Of(FormKind, &'static str, &'static str),
    /// A literal text: with holes, a template of its parts.
    Text,
    /// A chain of member accesses whose name is the last child.
    LastIsName,
    /// A method called without a member access around: object and name are fields of the call itself.
    MethodCall,
    /// An assignment; another operator than `=` appends.
    AssignByOperator,
    /// Declarations that share the type in the field `type`.
    Declares,
    /// A declaration of Kotlin, whose parts have no fields.
    KotlinProperty,
    /// What a grammar gives without fields: the name, then the type.
    UnnamedParameter,
    /// Each child that is no parameter yet becomes one.
    Parameters,
    /// Key and value, in these fields or, without, the first and the last child.
    Pair(&'static str, &'static str),
    /// A value under a name that comes after it: `open(x) as f`.
    As,
    /// A choice whose condition stands in the middle.
    PythonConditional,
    /// A loop over something: what is bound, what it goes through, and the body, in these fields.
    Over(&'static str, &'static str, &'static str),
    /// A branch with the field `initializer` before it.
    GoIf,
    /// A literal of a composite type: a list, a map, or the making of a struct.
    Composite,
    /// `new T(…)`, whose type is not an expression.
    Makes,
    /// `T(…)` after a colon or in an annotation of Kotlin.
    KotlinConstructor,
    /// An argument of Kotlin, perhaps with a name.
    KotlinArgument,
    /// A loop of Kotlin, whose parts have no fields.
    KotlinFor,
    /// One node stands for itself, several are a list.
    ListIfSeveral,
    /// Address and value operators are left out; others stay.
    GoUnary,
    /// A function of C, whose name stands in its declarator.
    CFunction,
    Import,
}
