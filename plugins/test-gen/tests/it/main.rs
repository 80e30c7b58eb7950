//! Tests of the analyzer, in one program: each further one would link the whole engine again.

mod fixtures;
mod frameworks;
mod gaps;
mod model;
mod pages;
