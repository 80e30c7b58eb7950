//! Tests of the analyzer, in one program: each further one would link the whole engine again.

mod pages;
mod severities;
