//! The smells of a file: what fires, and what looks alike and does not.

mod of_code;
mod of_functions;
mod support;
