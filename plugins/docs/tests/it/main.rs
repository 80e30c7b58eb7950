//! Tests of the analyzer, in one program: each further one would link the whole engine again.

mod check;
mod module;
mod pages;
mod project;
mod readme;
