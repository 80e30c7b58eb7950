//! Tests of the analyzer, in one program: each further one would link the whole engine again.

mod advisories;
mod alternatives;
mod audit;
mod duplicates;
mod licenses;
mod nonsense;
mod pages;
mod unused;
mod versions;
