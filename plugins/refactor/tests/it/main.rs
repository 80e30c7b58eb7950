//! Tests of the analyzer, in one program: each further one would link the whole engine again.

mod coupling;
mod languages;
mod model;
mod pages;
mod smells;
